package machine

import (
	"bufio"
	"math"
	"os"
	"path/filepath"
	"runtime/metrics"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Available is the memory of the machine, or of the control group (version 1 or 2) that this process or one above it is
// in, or what a limit on the process's address space leaves: the smallest of them.
func Available() Memory {
	m := Memory{unknownMemory, "this machine"}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		m.Bytes = Bytes(float64(info.Totalram) * float64(info.Unit))
	}
	m = groups(m, "/")
	// What is mapped counts, used or not, but what the runtime has mapped and holds free can be had again.
	space, data := mapped("/proc/self/statm")
	free := freeHeap()
	m = process(m, unix.RLIMIT_AS, space-free, "the limit on its address space (ulimit -v)")
	return process(m, unix.RLIMIT_DATA, data-free, "the limit on its data (ulimit -d)")
}

// process takes a limit of the process in, of which so much is used.
func process(m Memory, resource int, used int64, bound string) Memory {
	var limit unix.Rlimit
	if unix.Getrlimit(resource, &limit) != nil || limit.Cur >= math.MaxInt64 {
		return m
	}
	return m.smaller(int64(limit.Cur)-used, bound)
}

// mapped is the process's address space and the part of it that is data, in bytes.
func mapped(statm string) (space, data int64) {
	text, err := os.ReadFile(statm)
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 6 {
		return 0, 0
	}
	page := int64(os.Getpagesize())
	pages, _ := strconv.ParseInt(fields[0], 10, 64)
	dataPages, _ := strconv.ParseInt(fields[5], 10, 64)
	return pages * page, dataPages * page
}

// freeHeap is what the runtime has mapped and does not use.
func freeHeap() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	total := int64(0)
	for _, s := range samples {
		if s.Value.Kind() == metrics.KindUint64 {
			total += int64(s.Value.Uint64())
		}
	}
	return total
}

// groups takes in the limits of the control groups that this process is in, and of those above them as far as they can be
// seen. root is where the file system begins.
func groups(m Memory, root string) Memory {
	member := membership(filepath.Join(root, "proc/self/cgroup"))
	for _, mount := range groupMounts(filepath.Join(root, "proc/self/mountinfo")) {
		group, ok := member[mount.controller]
		if !ok {
			continue
		}
		// A container sees its own group at the mount point, whatever the path is outside.
		below, inside := strings.CutPrefix(group, strings.TrimSuffix(mount.root, "/"))
		if !inside || strings.HasPrefix(group, "/..") {
			below = ""
		}
		for below = filepath.Clean("/" + below); ; below = filepath.Dir(below) {
			for _, file := range mount.files() {
				name := filepath.Join(root, mount.point, below, file)
				if limit, ok := number(name); ok {
					m = m.smaller(limit, "the control group of "+strings.TrimPrefix(name, strings.TrimSuffix(root, "/")))
				}
			}
			if below == "/" {
				break
			}
		}
	}
	return m
}

// A groupMount is where the tree of control groups that limit memory is seen.
type groupMount struct {
	controller  string // "memory"; empty in version 2, which has one tree for all
	root, point string
}

func (g groupMount) files() []string {
	if g.controller == "" {
		return []string{"memory.max", "memory.high"}
	}
	return []string{"memory.limit_in_bytes"}
}

// groupMounts reads lines such as
//
//	35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
func groupMounts(mountinfo string) (list []groupMount) {
	eachLine(mountinfo, func(line string) {
		mount, super, _ := strings.Cut(line, " - ")
		fields, kind := strings.Fields(mount), strings.Fields(super)
		if len(fields) < 5 || len(kind) < 3 {
			return
		}
		root, point := unescape(fields[3]), unescape(fields[4])
		switch {
		case kind[0] == "cgroup2":
			list = append(list, groupMount{"", root, point})
		case kind[0] == "cgroup" && has(kind[2], "memory"):
			list = append(list, groupMount{"memory", root, point})
		}
	})
	return list
}

// membership reads lines such as "4:memory:/a/b", or "0::/a/b" in version 2, into a map from controller to group.
func membership(cgroup string) map[string]string {
	groups := map[string]string{}
	eachLine(cgroup, func(line string) {
		parts := strings.SplitN(line, ":", 3)
		switch {
		case len(parts) < 3:
		case parts[1] == "":
			groups[""] = parts[2]
		case has(parts[1], "memory"):
			groups["memory"] = parts[2]
		}
	})
	return groups
}

func eachLine(name string, do func(line string)) {
	f, err := os.Open(name)
	if err != nil {
		return // not mounted: no limit is known
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		do(lines.Text())
	}
}

// has reports whether a list separated by commas holds a word.
func has(list, word string) bool { return strings.Contains(","+list+",", ","+word+",") }

// unescape undoes what mountinfo does to spaces.
func unescape(path string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(path)
}

// number reads a limit; "max" is none.
func number(name string) (int64, bool) {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, false
	}
	limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return limit, err == nil
}
