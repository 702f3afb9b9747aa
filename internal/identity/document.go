package identity

import "strings"

const (
	cpfDigits      = 11
	cnpjCharacters = 14
	minRGBytes     = 4
	maxRGBytes     = 14
)

func normalizeCPF(value, _ string) (string, []Key, string) {
	cpf := strings.Map(dropPunctuation, value)
	switch {
	case len(cpf) != cpfDigits || !allDigits(cpf):
		return "", nil, "does not have 11 digits"
	case strings.Count(cpf, cpf[:1]) == cpfDigits || !checkDigitsMatch(cpf, cpfDigits+1):
		return "", nil, "has wrong check digits"
	}
	return cpf, []Key{keyOf(CPF, cpf)}, ""
}

// normalizeCNPJ accepts the alphanumeric form issued since July 2026; its two check digits stay digits.
func normalizeCNPJ(value, _ string) (string, []Key, string) {
	cnpj := strings.ToUpper(strings.Map(dropPunctuation, value))
	if len(cnpj) != cnpjCharacters || !allDigits(cnpj[cnpjCharacters-2:]) {
		return "", nil, "does not have 14 characters that end in two digits"
	}
	for i := range len(cnpj) {
		if !isDigit(cnpj[i]) && !isUpper(cnpj[i]) {
			return "", nil, "has characters that are not part of a CNPJ"
		}
	}
	const largestWeight = 9
	if strings.Count(cnpj, cnpj[:1]) == cnpjCharacters || !checkDigitsMatch(cnpj, largestWeight) {
		return "", nil, "has wrong check digits"
	}
	return cnpj, []Key{keyOf(CNPJ, cnpj)}, ""
}

// normalizeRG only drops punctuation: each state has its own length and its own check letter, or none.
func normalizeRG(value, _ string) (string, []Key, string) {
	rg := strings.ToUpper(strings.Map(dropPunctuation, value))
	if len(rg) < minRGBytes || len(rg) > maxRGBytes {
		return "", nil, "is too short or too long"
	}
	digits := 0
	for i := range len(rg) {
		if isDigit(rg[i]) {
			digits++
		} else if !isUpper(rg[i]) {
			return "", nil, "has characters that are not part of an RG"
		}
	}
	if digits == 0 {
		return "", nil, "has no digits"
	}
	return rg, []Key{keyOf(RG, rg)}, ""
}

// checkDigitsMatch computes both check digits (modulo 11, weights 2, 3, … from the right, starting over after
// largestWeight). A letter counts as its distance from '0' in ASCII, as the tax office defined for the new CNPJ.
func checkDigitsMatch(s string, largestWeight int) bool {
	for _, position := range []int{len(s) - 2, len(s) - 1} {
		sum, weight := 0, 2
		for i := position - 1; i >= 0; i-- {
			sum += int(s[i]-'0') * weight
			if weight++; weight > largestWeight {
				weight = 2
			}
		}
		check := 11 - sum%11
		if check >= 10 {
			check = 0
		}
		if int(s[position]-'0') != check {
			return false
		}
	}
	return true
}

func dropPunctuation(r rune) rune {
	if strings.ContainsRune(" .-/", r) {
		return -1
	}
	return r
}
