#include "gui/widgets/log_view.h"

#include <QCheckBox>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QVBoxLayout>

#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"

namespace lab::gui {

LogView::LogView(LabSession* session, const QString& name, const QString& empty, QWidget* parent)
    : QWidget(parent), log_(session) {
  auto* content = new QWidget(this);
  auto* inside = new QVBoxLayout(content);
  inside->setContentsMargins(0, 0, 0, 0);
  text_ = makeMonoText(name, type::kCaption, content);
  text_->setMaximumBlockCount(LogModel::kMostLines);
  inside->addWidget(text_, 1);
  follow_ = new QCheckBox(tr("&Follow the end"), content);
  follow_->setChecked(true);
  connect(follow_, &QCheckBox::toggled, this, [this](bool on) {
    if (on) text_->verticalScrollBar()->setValue(text_->verticalScrollBar()->maximum());
  });
  inside->addWidget(follow_);
  faces_ = new Faces(content, this);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(faces_);
  connect(&log_, &LogModel::cleared, text_, &QPlainTextEdit::clear);
  connect(&log_, &LogModel::appended, this, &LogView::append);
  connect(&log_, &LogModel::settled, this, [this, empty] {
    if (text_->document()->isEmpty()) faces_->showEmpty(empty);
  });
  connect(&log_, &LogModel::failed, this, [this](const absl::Status& status) {
    faces_->showError(tr("The log could not be read"), status, [this] { log_.goOn(); });
  });
}

void LogView::follow(int64_t job) {
  if (job == log_.job()) return;
  faces_->showLoading();
  log_.follow(job);
}

void LogView::append(const QString& lines) {
  QScrollBar* bar = text_->verticalScrollBar();
  const int at = bar->value();
  // Adds a line end of its own.
  text_->appendPlainText(lines.endsWith(QLatin1Char('\n')) ? lines.chopped(1) : lines);
  bar->setValue(follow_->isChecked() ? bar->maximum() : at);
  faces_->showContent();
}

}  // namespace lab::gui
