package montecarlo

func jobsOf(d, n int) []Job {
	jobs := make([]Job, n)
	for i := range jobs {
		jobs[i] = Job{d, i}
	}
	return jobs
}
