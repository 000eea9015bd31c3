package reports

import (
	"fmt"
	"strings"
)

// observableSymbol is the formula of an observable on an axis.
func observableSymbol(name string) string {
	base, index := splitIndex(name)
	switch base {
	case "overlap":
		return "W" + sub(index, 0) + "ᵀΣW*" + sub(index, 1) + " / d"
	case "norm":
		return "W" + sub(index, 0) + "ᵀΣW" + sub(index, 1) + " / d"
	case "cosine":
		return "cos(W" + sub(index, 0) + ", W*" + sub(index, 1) + ")"
	case "train_loss", "test_loss":
		return "mean loss"
	case "train_error", "test_error":
		return "fraction wrong"
	}
	return name
}

// observableLabel is the name of an observable in words.
func observableLabel(name string) string {
	base, index := splitIndex(name)
	words := map[string]string{"overlap": "overlap", "norm": "norm", "cosine": "cosine similarity", "train_loss": "training loss",
		"test_loss": "test loss", "train_error": "training error", "test_error": "test error"}[base]
	if words == "" {
		return strings.ReplaceAll(name, "_", " ")
	}
	if len(index) == 2 {
		return fmt.Sprintf("%s (%s, %s)", words, index[0], index[1])
	}
	return words
}

func splitIndex(name string) (base string, index []string) {
	parts := strings.Split(name, "_")
	n := len(parts)
	if n > 2 && isDigits(parts[n-1]) && isDigits(parts[n-2]) {
		return strings.Join(parts[:n-2], "_"), parts[n-2:]
	}
	return name, nil
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func sub(index []string, i int) string {
	if i >= len(index) {
		return ""
	}
	return strings.NewReplacer("0", "₀", "1", "₁", "2", "₂", "3", "₃", "4", "₄", "5", "₅", "6", "₆", "7", "₇", "8", "₈",
		"9", "₉").Replace(index[i])
}

func isOverlap(name string) bool { return name == "overlap" || strings.HasPrefix(name, "overlap_") }

func isNorm(name string) bool { return name == "norm" || strings.HasPrefix(name, "norm_") }
