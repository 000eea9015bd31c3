package slurm

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// mostRequeues bounds how often a task puts itself back into the queue.
const mostRequeues = 3

// Requeue puts the task that this process is back into the queue, from where it goes on with what is missing. It does so for
// a task whose time ends, not for one that somebody has cancelled. Errors say why not.
func Requeue() error {
	id := os.Getenv("SLURM_JOB_ID")
	if id == "" {
		return errors.New("this is no task of Slurm's")
	}
	if array := os.Getenv("SLURM_ARRAY_JOB_ID"); array != "" { // the array's last task goes by the array's own number
		id = array + "_" + os.Getenv("SLURM_ARRAY_TASK_ID")
	}
	if n, _ := strconv.Atoi(os.Getenv("SLURM_RESTART_COUNT")); n >= mostRequeues {
		return fmt.Errorf("it was requeued %d times already", n)
	}
	out, err := exec.Command("squeue", "--noheader", "--format=%T", "--jobs="+id).Output()
	if err != nil {
		return fmt.Errorf("squeue: %w", err)
	}
	if state := strings.TrimSpace(string(out)); state != "RUNNING" {
		return fmt.Errorf("it is %s", strings.ToLower(state))
	}
	if out, err := exec.Command("scontrol", "requeue", id).CombinedOutput(); err != nil {
		return fmt.Errorf("scontrol requeue: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}
