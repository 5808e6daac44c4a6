#pragma once

// lab-worker under labd: reads frames on a socket until it closes (docs/formats/worker_frame.md).

namespace lab {

// Says hello on `fd`, then checks configs, runs one job, or serves opened models as labd asks.
// Returns the process's exit code when the socket has closed or the job has ended. Calling thread:
// *command*; a job runs on a thread of its own (*train*).
int Serve(int fd);

}  // namespace lab
