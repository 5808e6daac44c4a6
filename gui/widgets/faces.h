#pragma once

// A place that shows its content, or why there is none: empty, loading, or an error. The fourth
// face, a lost connection, is the window's (app/main_window.h). GUI thread.

#include <QStackedWidget>
#include <QTimer>
#include <functional>

#include "core/base/status.h"

class QLabel;
class QPushButton;

namespace lab::gui {

class Faces : public QStackedWidget {
  Q_OBJECT
 public:
  enum class Face { kContent, kLoading, kEmpty, kError };

  // Starts with the loading face.
  explicit Faces(QWidget* content, QWidget* parent = nullptr);

  Face face() const { return face_; }
  void showContent();
  // Pale bars, after 200 ms only: what comes sooner never flickers.
  void showLoading();
  // One sentence and the button that ends it ("" for none).
  void showEmpty(const QString& sentence, const QString& button = {},
                 std::function<void()> pressed = nullptr);
  // What happened, with the reason and a way to copy it; `retry` may be null.
  void showError(const QString& what, const absl::Status& status,
                 std::function<void()> retry = nullptr);

 private:
  QWidget* makeEmpty();
  QWidget* makeError();

  Face face_ = Face::kLoading;
  QWidget* content_;
  QWidget* blank_;
  QWidget* bars_;
  QWidget* empty_;
  QWidget* error_;
  QLabel* sentence_ = nullptr;
  QPushButton* way_out_ = nullptr;
  QLabel* what_ = nullptr;
  QLabel* why_ = nullptr;
  QPushButton* retry_ = nullptr;
  QString details_;
  std::function<void()> pressed_, retried_;
  QTimer late_;
};

}  // namespace lab::gui
