#pragma once

// Work that would hold up the window, done on another thread: only what was asked last counts. GUI
// thread.

#include <QCoreApplication>
#include <QMetaObject>
#include <QObject>
#include <QPointer>
#include <QThreadPool>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace lab::gui {

class Background : public QObject {
  Q_OBJECT
 public:
  using QObject::QObject;

  // Runs `work` on another thread, which holds all that it needs; then `done` with its result here,
  // unless something else was asked or this is gone by then.
  template <class Work, class Done>
  void run(Work work, Done done) {
    const int number = ++last_;
    busy_ = true;
    QPointer<Background> self(this);
    QThreadPool::globalInstance()->start(
        [self, number, work = std::move(work), done = std::move(done)]() mutable {
          using Result = std::invoke_result_t<Work&>;
          auto result = std::make_shared<Result>(work());
          QMetaObject::invokeMethod(
              QCoreApplication::instance(),
              [self, number, result, done = std::move(done)]() mutable {
                if (!self || self->last_ != number) return;
                self->busy_ = false;
                done(std::move(*result));
              },
              Qt::QueuedConnection);
        });
  }
  // What runs is of no use any more.
  void drop() {
    ++last_;
    busy_ = false;
  }
  bool busy() const { return busy_; }

 private:
  int last_ = 0;
  bool busy_ = false;
};

}  // namespace lab::gui
