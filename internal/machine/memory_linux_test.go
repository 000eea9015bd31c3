package machine

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tree writes files of a file system and returns its root.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const (
	version1 = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	version2 = "35 31 0:32 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
)

func TestControlGroups(t *testing.T) {
	const machine = 1000
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
		bound string
	}{
		"none": {nil, machine, "this machine"},
		"version 1": {map[string]string{
			"proc/self/mountinfo": version1, "proc/self/cgroup": "5:cpu:/\n4:memory:/a/b\n",
			"sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "700\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":     "9223372036854771712\n",
		}, 700, "the control group of /sys/fs/cgroup/memory/a/b/memory.limit_in_bytes"},
		"version 1, above": {map[string]string{
			"proc/self/mountinfo": version1, "proc/self/cgroup": "4:cpu,memory:/a/b\n",
			"sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "700\n",
			"sys/fs/cgroup/memory/a/memory.limit_in_bytes":   "300\n",
		}, 300, "the control group of /sys/fs/cgroup/memory/a/memory.limit_in_bytes"},
		"version 2": {map[string]string{
			"proc/self/mountinfo": version2, "proc/self/cgroup": "0::/user.slice/job.scope\n",
			"sys/fs/cgroup/user.slice/job.scope/memory.max": "max\n",
			"sys/fs/cgroup/user.slice/memory.max":           "400\n",
			"sys/fs/cgroup/memory.max":                      "800\n",
		}, 400, "the control group of /sys/fs/cgroup/user.slice/memory.max"},
		"version 2, throttled": {map[string]string{
			"proc/self/mountinfo": version2, "proc/self/cgroup": "0::/job\n",
			"sys/fs/cgroup/job/memory.max": "900\n", "sys/fs/cgroup/job/memory.high": "500\n",
		}, 500, "the control group of /sys/fs/cgroup/job/memory.high"},
		"container that sees its group at the mount point": {map[string]string{
			"proc/self/mountinfo": "35 31 0:32 /docker/c0ffee /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
			"proc/self/cgroup":    "4:memory:/docker/c0ffee\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "600\n",
		}, 600, "the control group of /sys/fs/cgroup/memory/memory.limit_in_bytes"},
		"container whose group is above the mount": {map[string]string{
			"proc/self/mountinfo": "35 31 0:32 /../.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
			"proc/self/cgroup":    "0::/../job\n", "sys/fs/cgroup/memory.max": "650\n",
		}, 650, "the control group of /sys/fs/cgroup/memory.max"},
		"larger than the machine": {map[string]string{
			"proc/self/mountinfo": version2, "proc/self/cgroup": "0::/job\n", "sys/fs/cgroup/job/memory.max": "2000\n",
		}, machine, "this machine"},
		"damaged": {map[string]string{
			"proc/self/mountinfo": "35\n\n - cgroup2\n" + version2, "proc/self/cgroup": "0\n0::\n", "sys/fs/cgroup/memory.max": "many\n",
		}, machine, "this machine"},
	} {
		t.Run(name, func(t *testing.T) {
			got := groups(Memory{machine, "this machine"}, tree(t, c.files))
			if got.Bytes != c.want || got.Bound != c.bound {
				t.Errorf("got %+v, want %d of %s", got, c.want, c.bound)
			}
		})
	}
}

func TestMountPointsWithSpaces(t *testing.T) {
	root := tree(t, map[string]string{"mountinfo": `1 2 0:3 / /a\040b rw - cgroup2 none rw` + "\n"})
	mounts := groupMounts(filepath.Join(root, "mountinfo"))
	if len(mounts) != 1 || mounts[0].point != "/a b" {
		t.Errorf("got %+v", mounts)
	}
}

// A limit on the address space leaves what is not mapped yet. The test runs itself under one.
func TestProcessLimits(t *testing.T) {
	if os.Getenv("LIMITED") != "" {
		m := Available()
		os.Stdout.WriteString(m.Bound + "\n")
		if m.Bytes < 1<<20 || m.Bytes > 3<<30 {
			t.Errorf("got %d bytes", m.Bytes)
		}
		return
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for flag, want := range map[string]string{"-v": "ulimit -v", "-d": "ulimit -d"} {
		c := exec.Command("sh", "-c", "ulimit "+flag+" 3000000 && exec "+program+" -test.run TestProcessLimits")
		c.Env = append(os.Environ(), "LIMITED=yes")
		out, err := c.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("ulimit %s: %v\n%s", flag, err, out)
		}
	}
}

func TestMemoryErrorIsOneLineThatNamesTheBound(t *testing.T) {
	err := &MemoryError{"one replica", 3e9, Memory{2e9, "this machine"}, "--engine conditioning takes less"}
	const want = "one replica takes some 3 GB, and this machine has 2 GB for it; --engine conditioning takes less"
	if err.Error() != want {
		t.Errorf("got %q", err.Error())
	}
}
