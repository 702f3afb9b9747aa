package demo

// person is one who signs in.
type person struct {
	name, login, role string
	queues            []string // keys of queues
	skills            map[string]int
	capacity          int
	played            bool // by the demo; the others are left for whoever tries it
	password          string
}

const (
	roleAgent      = "agent"
	roleSupervisor = "supervisor"
	roleAdmin      = "admin"
)

// staff returns everybody but the administrator, with passwords of this run.
func staff(seed uint64) []person {
	all := []person{
		{name: "Ana Ribeiro", login: "ana", role: roleAgent, queues: []string{keySupport, keyBilling}, capacity: 3},
		{name: "Bruno Teixeira", login: "bruno", role: roleAgent, queues: []string{keySales, keyBilling}, capacity: 3},
		{name: "Carla Nunes", login: "carla", role: roleAgent, queues: []string{keySupport, keyBilling}, skills: map[string]int{keyFiber: 4}, capacity: 3, played: true},
		{name: "Diego Farias", login: "diego", role: roleAgent, queues: []string{keySupport, keyCare}, skills: map[string]int{keyFiber: 5}, capacity: 4, played: true},
		{name: "Elaine Prado", login: "elaine", role: roleAgent, queues: []string{keyBilling, keyCare}, skills: map[string]int{keyDeals: 4}, capacity: 3, played: true},
		{name: "Fábio Lacerda", login: "fabio", role: roleAgent, queues: []string{keySales}, skills: map[string]int{keyEnglish: 4}, capacity: 2, played: true},
		{name: "Gabriela Motta", login: "gabriela", role: roleAgent, queues: []string{keySales, keySupport}, skills: map[string]int{keyEnglish: 3, keyFiber: 2}, capacity: 3, played: true},
		{name: "Heitor Sampaio", login: "heitor", role: roleAgent, queues: []string{keyCare, keyBilling, keySales}, skills: map[string]int{keyDeals: 3}, capacity: 2, played: true},
		{name: "Sônia Marques", login: "sonia", role: roleSupervisor, queues: []string{keySupport, keyBilling, keySales, keyCare}, capacity: 2},
	}
	for i := range all {
		all[i].password = password(seed, all[i].login)
	}
	return all
}

func administrator(seed uint64) person {
	return person{name: "Administração", login: "admin", role: roleAdmin, password: password(seed, "admin")}
}

var firstNames = []string{
	"Marina", "Rafael", "Juliana", "Thiago", "Beatriz", "Lucas", "Fernanda", "Gustavo", "Patrícia", "Leandro", "Camila", "Rodrigo",
	"Aline", "Vinícius", "Larissa", "Eduardo", "Renata", "Felipe", "Tatiane", "Márcio", "Débora", "Caio", "Simone", "Otávio",
}

var lastNames = []string{
	"Alves", "Barbosa", "Cardoso", "Duarte", "Esteves", "Fonseca", "Gomes", "Hirata", "Iglesias", "Junqueira", "Klein", "Lopes",
	"Moreira", "Nogueira", "Oliveira", "Pereira", "Queiroz", "Ramos", "Siqueira", "Tavares", "Uchoa", "Vasconcelos", "Xavier", "Zanetti",
}

var areaCodes = []string{"11", "21", "31", "41", "51", "61", "71", "81", "85", "92"}
