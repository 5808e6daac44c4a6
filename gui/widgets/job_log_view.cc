#include "gui/widgets/job_log_view.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QScrollBar>

#include "gui/style/theme.h"
#include "gui/style/tokens.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/parts.h"

namespace lab::gui {

JobLogView::JobLogView(Lab* lab, QWidget* parent)
    : JobView(parent), lab_(lab), log_(&lab->session) {
  auto* column = new QVBoxLayout(this);
  auto* content = new QWidget(this);
  auto* inside = new QVBoxLayout(content);
  inside->setContentsMargins(0, 0, 0, 0);
  text_ = new QPlainTextEdit(content);
  text_->setReadOnly(true);
  text_->setFont(monoFont(type::kCaption));
  text_->setLineWrapMode(QPlainTextEdit::NoWrap);
  text_->setMaximumBlockCount(LogModel::kMostLines);
  text_->setAccessibleName(tr("Log"));
  inside->addWidget(text_, 1);
  follow_ = new QCheckBox(tr("&Follow the end"), content);
  follow_->setChecked(true);
  connect(follow_, &QCheckBox::toggled, this, [this](bool on) {
    if (on) text_->verticalScrollBar()->setValue(text_->verticalScrollBar()->maximum());
  });
  inside->addWidget(follow_);
  faces_ = new Faces(content, this);
  column->addWidget(faces_);
  connect(&log_, &LogModel::cleared, text_, &QPlainTextEdit::clear);
  connect(&log_, &LogModel::appended, this, &JobLogView::append);
  connect(&log_, &LogModel::settled, this, [this] {
    if (text_->document()->isEmpty()) faces_->showEmpty(tr("The job has written no log yet."));
  });
  connect(&lab->jobs, &JobStore::changed, this, &JobLogView::look);
  connect(&log_, &LogModel::failed, this, [this](const absl::Status& status) {
    faces_->showError(tr("The log could not be read"), status);
  });
}

void JobLogView::setJob(int64_t id) {
  if (id == log_.job()) return;
  faces_->showLoading();
  log_.follow(id);
}

void JobLogView::look() {
  const v1::Job* job = lab_->jobs.find(log_.job());
  const bool running = job != nullptr && job->state() == v1::Job::RUNNING;
  if (running && !running_) log_.goOn();
  running_ = running;
}

void JobLogView::append(const QString& lines) {
  QScrollBar* bar = text_->verticalScrollBar();
  const int at = bar->value();
  // Adds a line end of its own.
  text_->appendPlainText(lines.endsWith(QLatin1Char('\n')) ? lines.chopped(1) : lines);
  bar->setValue(follow_->isChecked() ? bar->maximum() : at);
  faces_->showContent();
}

}  // namespace lab::gui
