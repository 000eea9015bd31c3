package scenarios

import (
	"embed"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"limitcheck/internal/spec"
)

// The catalogue: catalogue/order.txt lists it, one name a line, in three blocks between empty lines: the quick suite, what
// the full suite has beside it, and the suite of published settings, "papers".
//
//go:embed catalogue
var catalogueFiles embed.FS

var readCatalogue = sync.OnceValues(func() (map[string][]string, error) {
	order, err := catalogueFiles.ReadFile("catalogue/order.txt")
	if err != nil {
		return nil, err
	}
	quick, rest, _ := strings.Cut(string(order), "\n\n")
	rest, papers, _ := strings.Cut(rest, "\n\n")
	return map[string][]string{
		"quick":  strings.Fields(quick),
		"full":   append(strings.Fields(quick), strings.Fields(rest)...),
		"papers": strings.Fields(papers),
	}, nil
})

// suiteNames are the suites.
var suiteNames = []string{"quick", "full", "papers"}

// Suite is a part of the catalogue: "quick", a handful of scenarios that take a minute or two; "full", all but what is
// published elsewhere; or "papers", settings with a Source whose published numbers the limit is tested against.
func Suite(name string) ([]*Scenario, error) {
	names, err := SuiteNames(name)
	if err != nil {
		return nil, err
	}
	list := make([]*Scenario, len(names))
	for i, name := range names {
		if list[i], err = Find(name); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// SuiteNames are the names of a suite's scenarios, each of which Find finds.
func SuiteNames(name string) ([]string, error) {
	suites, err := readCatalogue()
	if err != nil {
		return nil, err
	}
	names, ok := suites[name]
	if !ok {
		return nil, &Error{Message: spec.Unknown("suite", name, suiteNames, suiteNames)}
	}
	return slices.Clone(names), nil
}

// embedded parses one entry anew: the caller may change it.
func embedded(name string) (*spec.Document, error) {
	data, err := catalogueFiles.ReadFile("catalogue/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("catalogue entry %s: %w", name, err)
	}
	return spec.Parse("catalogue/"+name+".yaml", data)
}

// Catalogue is the full suite, in the order in which they are best read.
func Catalogue() []*Scenario {
	list, err := Suite("full")
	if err != nil {
		panic(err) // the catalogue is compiled in and a test parses all of it
	}
	return list
}

// Find returns the catalogue's scenario of that name, or loads the file if nameOrPath has a path separator or ends in
// .yaml or .yml. If dims are given they take the place of the scenario's. Every error is an *Error; a file that is a grid
// is one (FindAll reads it).
func Find(nameOrPath string, dims ...int) (*Scenario, error) {
	document, err := find(nameOrPath)
	if err != nil {
		return nil, err
	}
	return single(document, dims)
}

func find(nameOrPath string) (*spec.Document, error) {
	if extension := path.Ext(nameOrPath); extension == ".yaml" || extension == ".yml" || strings.ContainsAny(nameOrPath, `/\`) {
		return spec.Open(nameOrPath)
	}
	suites, err := readCatalogue()
	if err != nil {
		return nil, err
	}
	names := append(slices.Clone(suites["full"]), suites["papers"]...)
	if slices.Contains(names, nameOrPath) {
		return embedded(nameOrPath)
	}
	message := fmt.Sprintf("unknown scenario %q: neither in the catalogue nor a path to a .yaml file", nameOrPath)
	if info, err := os.Stat(nameOrPath + ".yaml"); err == nil && info.Mode().IsRegular() {
		message += "; did you mean " + nameOrPath + ".yaml, which is here?"
	} else if near := near(nameOrPath, names); len(near) > 0 {
		message += "; did you mean " + strings.Join(near, " or ") + "?"
	} else {
		message += fmt.Sprintf(" (the catalogue has %d, such as %s)", len(names), strings.Join(names[:min(5, len(names))], ", "))
	}
	return nil, &Error{Message: spec.OneLine(message)}
}

// near are up to three names close to one: similar in spelling, or sharing its beginning.
func near(name string, names []string) []string {
	var found []string
	if n := spec.Nearest(name, names); n != "" {
		found = append(found, n)
	}
	for _, n := range names {
		if len(found) < 3 && len(name) >= 3 && strings.Contains(n, name) && !slices.Contains(found, n) {
			found = append(found, n)
		}
	}
	return found
}
