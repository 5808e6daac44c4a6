#include "gui/pages/home_page.h"

#include <QHBoxLayout>

#include "gui/models/home_rows.h"
#include "gui/style/tokens.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/first_run_card.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/run_rows.h"
#include "gui/widgets/running_card.h"

namespace lab::gui {
namespace {

constexpr size_t kFinished = 8;
constexpr size_t kQueued = 8;

}  // namespace

HomePage::HomePage(Lab* lab) : Page(lab), sparks_(&lab->session) {
  makeHead(tr("Home"));
  new_run_ = makeButton(tr("New run"), "primary", this);
  connect(new_run_, &QPushButton::clicked, this, [this] {
    Q_EMIT go({QStringLiteral("pretrain"), 0, QStringLiteral("new")});
  });
  actions()->addWidget(new_run_);

  auto* content = new QWidget(this);
  auto* columns = new QHBoxLayout(content);
  columns->setContentsMargins(0, 0, 0, 0);
  columns->setSpacing(space::kGap);
  auto* left = new QVBoxLayout;
  left_ = left;
  left->setSpacing(space::kGap);
  running_ = new RunningCard(lab, content);
  left->addWidget(running_);
  finished_rows_ = new RunRows(RunRows::Kind::kWithCurve, content);
  finished_ = makeRows(tr("Finished"), finished_rows_);
  left->addWidget(finished_);
  left->addStretch(1);
  columns->addLayout(left, 3);
  auto* right = new QVBoxLayout;
  right_ = right;
  right->setSpacing(space::kGap);
  first_run_ = new FirstRunCard(lab, content);
  right->addWidget(first_run_);
  queue_rows_ = new RunRows(RunRows::Kind::kOneLine, content);
  queue_ = makeRows(tr("Queue"), queue_rows_);
  more_ = makeButton({}, "link", queue_);
  connect(more_, &QPushButton::clicked, this, [this] { Q_EMIT go({QStringLiteral("jobs")}); });
  queue_->body()->addWidget(more_, 0, Qt::AlignLeft);
  why_ = makeLabel({}, "warning", queue_);
  why_->setWordWrap(true);
  queue_->body()->addWidget(why_);
  right->addWidget(queue_);
  right->addStretch(1);
  columns->addLayout(right, 2);

  faces_ = new Faces(content, this);
  body()->addWidget(faces_, 1);
  connect(running_, &RunningCard::opened, this, &HomePage::open);
  connect(finished_rows_, &RunRows::opened, this, &HomePage::open);
  connect(queue_rows_, &RunRows::opened, this, [this](qint64 job) {
    Q_EMIT go({QStringLiteral("jobs"), job});
  });
  connect(first_run_, &FirstRunCard::started, this, &HomePage::open);
  connect(&sparks_, &SparkCache::arrived, this,
          [this](qint64 job) { finished_rows_->setCurve(job, sparks_.values(job)); });
  connect(&lab->jobs, &JobStore::changed, this, &HomePage::show);
  connect(&lab->jobs, &JobStore::failed, this, [this](const absl::Status& status) {
    faces_->showError(tr("The jobs could not be listed"), status,
                      [this] { this->lab().jobs.refresh(); });
  });
  if (lab->jobs.loaded()) show();
}

bool HomePage::settled() const { return failed() || (lab().jobs.loaded() && running_->settled()); }

bool HomePage::failed() const { return faces_->face() == Faces::Face::kError; }

Card* HomePage::makeRows(const QString& title, RunRows* rows) {
  auto* card = new Card(title, this);
  // The ground of a row reaches a little beyond its words.
  QMargins margins = card->body()->contentsMargins();
  margins.setLeft(margins.left() - space::kSmall);
  margins.setRight(margins.right() - space::kSmall);
  card->body()->setContentsMargins(margins);
  card->title()->setContentsMargins(space::kSmall, 0, 0, 0);
  card->body()->addWidget(rows);
  return card;
}

void HomePage::open(int64_t job_id) { Q_EMIT go({QStringLiteral("pretrain"), job_id}); }

void HomePage::show() {
  faces_->showContent();
  // One filled button: for a newcomer the first run's.
  const bool newcomer = lab().jobs.jobs().empty();
  first_run_->setPrimary(newcomer);
  // … and its card stands where the eye begins.
  if (left_->itemAt(0)->widget() == running_ && newcomer) {
    left_->insertWidget(0, first_run_);
  } else if (left_->itemAt(0)->widget() == first_run_ && !newcomer) {
    right_->insertWidget(0, first_run_);
  }
  running_->setVisible(!newcomer);
  setStyleProperty(new_run_, "role", newcomer ? QString() : QStringLiteral("primary"));
  showFinished();
  showQueue();
}

void HomePage::showFinished() {
  const std::vector<HomeRow> rows = finishedRows(lab().jobs.jobs(), kFinished);
  finished_rows_->setRows(rows);
  finished_->setVisible(!rows.empty());
  for (const HomeRow& row : rows) finished_rows_->setCurve(row.job, sparks_.values(row.job));
}

void HomePage::showQueue() {
  std::vector<HomeRow> rows = queueRows(lab().jobs.jobs());
  const size_t all = rows.size();
  rows.resize(std::min(all, kQueued));
  queue_rows_->setRows(rows);
  more_->setVisible(all > kQueued);
  more_->setText(tr("and %1 more").arg(all - rows.size()));
  const QString why = q(lab().jobs.paused_reason());
  why_->setText(why);
  why_->setVisible(!why.isEmpty());
  queue_->setVisible(all > 0 || !why.isEmpty());
}

}  // namespace lab::gui
