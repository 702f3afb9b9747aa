package hours

import (
	"slices"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/aa"
	"github.com/rickar/cal/v2/ar"
	"github.com/rickar/cal/v2/br"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/it"
	"github.com/rickar/cal/v2/us"
)

// Countries are those whose national holidays are known, by ISO 3166 code, sorted. What a region or a town adds belongs
// into the exceptions.
var Countries = []string{"AR", "BR", "DE", "ES", "FR", "GB", "IT", "PT", "US"}

// Dates are compared by year, month and day: any zone without gaps will do, and the machine's own may have some.
func init() { cal.DefaultLoc = time.UTC }

var national = map[string][]*cal.Holiday{
	"AR": ar.Holidays, "BR": append(slices.Clone(br.Holidays), conscienciaNegra), "DE": de.Holidays, "ES": es.Holidays,
	"FR": fr.Holidays, "GB": gb.Holidays, "IT": it.Holidays, "PT": portugal, "US": us.Holidays,
}

// calendarOf is nil for a country that is not known.
func calendarOf(country string) *cal.Calendar {
	list, ok := national[country]
	if !ok {
		return nil
	}
	return &cal.Calendar{Name: country, Holidays: list}
}

// conscienciaNegra is national since law 14.759 of 2023.
var conscienciaNegra = &cal.Holiday{
	Name: "Dia Nacional de Zumbi e da Consciência Negra", Type: cal.ObservancePublic, StartYear: 2024, Month: time.November, Day: 20, Func: cal.CalcDayOfMonth,
}

// portugal: article 234 of the Código do Trabalho.
var portugal = []*cal.Holiday{
	aa.NewYear.Clone(&cal.Holiday{Name: "Ano Novo", Type: cal.ObservancePublic}),
	aa.GoodFriday.Clone(&cal.Holiday{Name: "Sexta-Feira Santa", Type: cal.ObservancePublic}),
	aa.Easter.Clone(&cal.Holiday{Name: "Páscoa", Type: cal.ObservancePublic}),
	fixedDay("Dia da Liberdade", time.April, 25),
	aa.WorkersDay.Clone(&cal.Holiday{Name: "Dia do Trabalhador", Type: cal.ObservancePublic}),
	aa.CorpusChristi.Clone(&cal.Holiday{Name: "Corpo de Deus", Type: cal.ObservancePublic}),
	fixedDay("Dia de Portugal", time.June, 10),
	fixedDay("Assunção de Nossa Senhora", time.August, 15),
	fixedDay("Implantação da República", time.October, 5),
	fixedDay("Dia de Todos os Santos", time.November, 1),
	fixedDay("Restauração da Independência", time.December, 1),
	fixedDay("Imaculada Conceição", time.December, 8),
	aa.ChristmasDay.Clone(&cal.Holiday{Name: "Natal", Type: cal.ObservancePublic}),
}

func fixedDay(name string, month time.Month, day int) *cal.Holiday {
	return &cal.Holiday{Name: name, Type: cal.ObservancePublic, Month: month, Day: day, Func: cal.CalcDayOfMonth}
}
