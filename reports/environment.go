package reports

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// Environment describes the machine (processor, cores, memory; nothing that names it or its owner) and the Go version,
// for Report.Machine and Report.GoVersion.
func Environment() (machine, goVersion string) {
	cpu := procValue("/proc/cpuinfo", "model name")
	if cpu == "" {
		cpu = "processor of unknown make"
	}
	machine = fmt.Sprintf("%s, %d cores (GOMAXPROCS %d)", cpu, runtime.NumCPU(), runtime.GOMAXPROCS(0))
	kib, err := strconv.ParseFloat(strings.TrimSuffix(procValue("/proc/meminfo", "MemTotal"), " kB"), 64)
	if err == nil {
		machine += fmt.Sprintf(", %.0f GiB memory", math.Round(kib/(1<<20)))
	}
	return machine, fmt.Sprintf("%s %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// procValue finds "name : value" in a file of /proc; "" where there is none.
func procValue(path, name string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		key, value, ok := strings.Cut(lines.Text(), ":")
		if ok && strings.TrimSpace(key) == name {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	return ""
}
