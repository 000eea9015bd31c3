package machine

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Memory is the machine's memory in bytes, or the control group's limit if that is smaller.
func Memory() int64 {
	total := int64(unknownMemory)
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) == nil {
		total = int64(info.Totalram) * int64(info.Unit)
	}
	if text, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
			total = min(total, limit)
		}
	}
	return total
}
