#pragma once

// The supervisor's thread: polls all workers, gives them roles, judges silence, ends them step by
// step. Everything but Post, Quit, and the two snapshots belongs to that thread.

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "daemon/supervisor/questions.h"
#include "daemon/supervisor/session_messages.h"
#include "daemon/supervisor/supervisor.h"
#include "daemon/supervisor/worker.h"

namespace lab {

class WorkerLoop {
 public:
  using Command = std::function<void(WorkerLoop&)>;

  WorkerLoop(Supervisor::Options options, Supervisor::Delegate* delegate);
  ~WorkerLoop();

  // --- any thread
  // Runs `command` in the loop's thread, soon; false (and never) once the loop has ended.
  bool Post(Command command);
  void Quit();
  std::vector<v1::WorkerProcess> Workers() const;
  std::string Trouble() const;

  // --- the loop's thread
  void Run();
  void StartJob(RunRequest run);
  void StopJob(int64_t job, StopMode mode);
  void CheckpointJob(int64_t job);
  void ChangeJob(int64_t job, const std::vector<v1::Change>& changes);
  void AckJob(int64_t job, int64_t attempt, int64_t number);
  void RefuseJob(int64_t job, int64_t attempt, const absl::Status& why);
  // Those that Supervisor::SetLimits names.
  void SetLimits(const Supervisor::Options& options);
  // Questions: `frame` is encoded and bears `request`.
  enum class Kind { kCheck, kOpen };
  void Ask(Kind kind, const std::string& request, std::string frame,
           std::shared_ptr<Answers> answers);
  void AskToOpen(const std::string& path, const std::string& request,
                 std::shared_ptr<Answers> answers);
  void AskSession(const std::string& session, const std::string& request,
                  const SessionQuestion& question, std::shared_ptr<Answers> answers);
  // One more part of an answer has gone on.
  void Took(const std::string& request);
  // Nobody waits any more.
  void Abandon(const std::string& request);
  // Names the session that the answer to the open question `request` from `worker` gave.
  std::string AddSession(int64_t worker, const nlohmann::json& session);
  absl::Status CloseSession(const std::string& session);

 private:
  // A job that waits for its lock or for an idle worker.
  struct Start {
    RunRequest run;
    double give_up_at = 0;  // on waiting for the former worker
    bool lock_free = false;
  };
  struct WaitingQuestion {
    Kind kind;
    std::string request;
    std::string frame;
  };
  struct Session {
    int64_t worker = 0;
    nlohmann::json name;  // in the worker
  };

  double Now() const { return clock_.MonotonicSeconds(); }
  // One turn.
  void RunCommands();
  void Poll(double timeout);
  double NextTurn(double now) const;
  void HearWorker(Worker& worker);
  void OnFrame(Worker& worker, Frame frame);
  absl::Status OnMessage(Worker& worker, WorkerMessage message);
  absl::Status OnHello(Worker& worker, const HelloMessage& hello);
  absl::Status OnNumbered(Worker& worker, const Frame& frame);
  absl::Status OnOpened(Worker& worker, const std::string& request, Frame* frame);
  void JudgeWorkers(double now, bool may_judge_silence);
  void Condemn(Worker& worker, std::string_view protocol_error);
  void Dismiss(Worker& worker);
  void BuryEnded(double now);
  void ReportEnd(Worker& worker, double now);
  void ReportEarlyDeath(Worker& worker, double now);
  // Gives free workers to who waits for them.
  void KeepIdleWorker(double now);
  void CheckLock(Start& start, double now);
  void ServeStarts(double now);
  void ServeQuestions();
  void BeginJob(Worker& worker, RunRequest run);
  Worker* FindIdle();
  Worker* FindJob(int64_t job);
  Worker* FindSerial(int64_t serial);
  void UpdateSnapshot();
  void SetTrouble(std::string trouble);

  Supervisor::Options options_;
  Supervisor::Delegate* const delegate_;
  SystemClock clock_;
  int wake_fd_ = -1;
  bool room_ = true;

  std::vector<std::unique_ptr<Worker>> workers_;
  std::deque<Start> starts_;
  std::deque<WaitingQuestion> waiting_;
  Questions questions_;
  std::map<std::string, Session> sessions_;
  int64_t next_serial_ = 1;
  int64_t next_session_ = 1;
  int64_t early_deaths_ = 0;
  double next_spawn_ = 0;

  mutable std::mutex mutex_;  // guards what follows
  std::vector<Command> commands_;
  bool quit_ = false;
  bool ended_ = false;
  std::string trouble_;
  struct Seen {
    v1::WorkerProcess process;
    double last_heard;
  };
  std::vector<Seen> seen_;
};

}  // namespace lab
