// Package architecture holds the imports to docs/architecture.md.
package architecture

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "limitcheck"
	root   = "../.."
)

// packages are ours, by path below the module, with what each imports, tests left aside. They are parsed here and not
// asked of the go command, so that a cached result of this test is never an old one.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := fs.WalkDir(os.DirFS(root), ".", func(file string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && file != "." && (name[0] == '.' || name == "testdata" || isModule(file)):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := path.Dir(file)
		for _, i := range parsed.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			found[dir] = append(found[dir], strings.TrimPrefix(imported, module+"/"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// isModule says whether a directory is a module apart, whose dependencies are its own.
func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(root, dir, "go.mod"))
	return err == nil
}

// dependencies are all packages of ours that one of them needs.
func dependencies(all map[string][]string, name string) map[string]bool {
	found := map[string]bool{}
	var visit func(string)
	visit = func(name string) {
		for _, i := range all[name] {
			if _, ours := all[i]; ours && !found[i] {
				found[i] = true
				visit(i)
			}
		}
	}
	visit(name)
	return found
}

// rules reads the table of docs/architecture.md whose header begins with the given cell: the names in its first cell, and
// those in its last.
func rules(t *testing.T, header string) map[string][]string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(page), "\n| "+header+" |")
	if !ok {
		t.Fatalf("docs/architecture.md has no table headed %s", header)
	}
	table, _, _ = strings.Cut(table, "\n\n")
	found := map[string][]string{}
	for _, line := range strings.Split(table, "\n")[2:] {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		for _, name := range quoted(cells[0]) {
			found[name] = quoted(cells[len(cells)-1])
		}
	}
	return found
}

// quoted are the code spans of a cell.
func quoted(cell string) (names []string) {
	parts := strings.Split(cell, "`")
	for i := 1; i < len(parts); i += 2 {
		names = append(names, parts[i])
	}
	return names
}

// Every package has its row, and imports of ours what its row says.
func TestImports(t *testing.T) {
	allowed, all := rules(t, "package"), packages(t)
	for name, imports := range all {
		list, ok := allowed[name]
		if !ok {
			t.Errorf("%s has no row in docs/architecture.md", name)
			continue
		}
		for _, i := range imports {
			if _, ours := all[i]; ours && !slices.Contains(list, i) {
				t.Errorf("%s imports %s: docs/architecture.md allows it %q", name, i, list)
			}
		}
	}
	for name, list := range allowed {
		if _, ok := all[name]; !ok {
			t.Errorf("docs/architecture.md has a row for %s, which does not exist", name)
			continue
		}
		for _, i := range list {
			if !slices.Contains(all[name], i) {
				t.Errorf("docs/architecture.md lets %s import %s, which it does not", name, i)
			}
		}
	}
}

// A library that has its place is imported nowhere else.
func TestLibraries(t *testing.T) {
	for library, homes := range rules(t, "library") {
		used := false
		for name, imports := range packages(t) {
			if !slices.ContainsFunc(imports, func(i string) bool { return i == library || strings.HasPrefix(i, library+"/") }) {
				continue
			}
			used = true
			if !slices.Contains(homes, name) {
				t.Errorf("%s imports %s, which belongs in %q", name, library, homes)
			}
		}
		if !used {
			t.Errorf("nothing imports %s any more", library)
		}
	}
}

// What a check rests on: its two sides share no code but the problem's definition, and the statistics know neither.
func TestApart(t *testing.T) {
	all := packages(t)
	for name, never := range map[string][]string{
		"theory":     {"montecarlo", "compare", "harness", "reports"},
		"montecarlo": {"theory", "compare", "harness", "reports"},
		"compare":    {"theory", "montecarlo", "harness", "reports", "internal/journal"},
		"scenarios":  {"theory", "montecarlo", "compare", "harness", "reports"},
	} {
		if all[name] == nil {
			t.Errorf("there is no package %s", name)
		}
		needs := dependencies(all, name)
		for _, other := range never {
			if needs[other] {
				t.Errorf("%s depends on %s", name, other)
			}
		}
	}
}
