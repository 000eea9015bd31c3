package main

import (
	"io"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// plainInterval is how often progress is told where there is no terminal to show it on.
const plainInterval = 15 * time.Second

func isTerminal(w io.Writer) bool {
	if o, ok := w.(*output); ok {
		w = o.Writer
	}
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// A task is a piece of work of known size under way: a bar with the time left on a terminal, elsewhere a line now and
// then. Its methods may be called from several goroutines.
type task struct {
	e     *env
	label string
	total int64
	start time.Time

	mu   sync.Mutex
	done int64
	told time.Time

	bars *mpb.Progress // nil where there is no terminal
	bar  *mpb.Bar
}

func (e *env) task(label string, total int64) *task {
	now := time.Now()
	t := &task{e: e, label: label, total: max(1, total), start: now, told: now}
	if !e.plain && isTerminal(e.stderr) {
		t.bars = mpb.New(mpb.WithOutput(e.stderr), mpb.WithWidth(60))
		t.bar = t.bars.AddBar(t.total, mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name(label+" ")),
			mpb.AppendDecorators(decor.Percentage(), decor.Name(", "),
				decor.AverageETA(decor.ET_STYLE_GO), decor.Name(" left")))
	}
	return t
}

// set says how much is done.
func (t *task) set(done int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done = done
	t.show()
}

func (t *task) show() {
	if t.bar != nil {
		t.bar.SetCurrent(t.done)
		return
	}
	if now := time.Now(); now.Sub(t.told) >= plainInterval && t.done > 0 && t.done < t.total {
		t.told = now
		spent := now.Sub(t.start)
		left := time.Duration(float64(spent) * float64(t.total-t.done) / float64(t.done))
		t.e.note("%s: %d %% after %v, about %v left", t.label, 100*t.done/t.total,
			spent.Round(time.Second), left.Round(time.Second))
	}
}

// end removes the bar.
func (t *task) end() {
	if t.bar != nil {
		t.bar.Abort(true)
		t.bars.Wait()
	}
}

// progress returns what shows how far the task at hand is, and what ends it. Another task, or another total, ends the one
// before it.
func (e *env) progress() (show func(label string, done, total int), end func()) {
	var bar *task
	end = func() {
		if bar != nil {
			bar.end()
			bar = nil
		}
	}
	return func(label string, done, total int) {
		if bar != nil && (bar.label != label || bar.total != max(1, int64(total))) {
			end()
		}
		if bar == nil {
			bar = e.task(label, int64(total))
		}
		bar.set(int64(done))
		if done == total {
			end()
		}
	}, end
}
