#include "gui/widgets/job_config_view.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QIntValidator>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QTableWidget>

#include "gui/style/theme.h"
#include "gui/style/tokens.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

QString settingText(const v1::Setting& setting) {
  return setting.present() ? q(setting.value()) : JobConfigView::tr("no such field");
}

}  // namespace

JobConfigView::JobConfigView(Lab* lab, QWidget* parent)
    : JobView(parent), lab_(lab), texts_(&lab->session) {
  auto* row = new QHBoxLayout(this);
  row->setSpacing(space::kGap);
  auto* left = new QWidget(this);
  auto* column = new QVBoxLayout(left);
  column->setContentsMargins(0, 0, 0, 0);
  auto* segments = new QHBoxLayout;
  segments->setSpacing(space::kTiny);
  current_ = makeButton(tr("As it runs"), "segment", left);
  submitted_ = makeButton(tr("As submitted"), "segment", left);
  auto* group = new QButtonGroup(this);
  for (QPushButton* button : {current_, submitted_}) {
    button->setCheckable(true);
    group->addButton(button);
    segments->addWidget(button);
    connect(button, &QPushButton::clicked, this, &JobConfigView::show);
  }
  current_->setChecked(true);
  segments->addStretch(1);
  column->addLayout(segments);
  yaml_ = makeMonoText(tr("Config"), type::kRow, left);
  column->addWidget(yaml_, 1);
  faces_ = new Faces(left, this);
  row->addWidget(faces_, 1);
  row->addWidget(makeDifference(), 1);
  connect(&texts_, &JobTexts::changed, this, &JobConfigView::show);
  connect(&texts_, &JobTexts::failed, this, &JobConfigView::refused);
  connect(&lab->session, &LabSession::linked, this, [this] { texts_.readConfig(); });
}

QWidget* JobConfigView::makeDifference() {
  auto* right = new QWidget(this);
  auto* column = new QVBoxLayout(right);
  column->setContentsMargins(0, 0, 0, 0);
  auto* head = new QHBoxLayout;
  auto* label = makeLabel(tr("Difference to job"), "dim", right);
  head->addWidget(label);
  other_ = new QLineEdit(right);
  other_->setMaximumWidth(90);
  other_->setValidator(new QIntValidator(1, std::numeric_limits<int>::max(), other_));
  other_->setAccessibleName(tr("Job to compare with"));
  label->setBuddy(other_);
  connect(other_, &QLineEdit::returnPressed, this,
          [this] { compareWith(other_->text().toLongLong()); });
  head->addWidget(other_);
  auto* compare = makeButton(tr("Compare"), "", right);
  connect(compare, &QPushButton::clicked, this,
          [this] { compareWith(other_->text().toLongLong()); });
  head->addWidget(compare);
  head->addStretch(1);
  column->addLayout(head);
  said_ = makeLabel({}, "dim", right);
  said_->setWordWrap(true);
  column->addWidget(said_);
  rows_ = new QTableWidget(0, 3, right);
  rows_->verticalHeader()->hide();
  rows_->setShowGrid(false);
  rows_->setProperty("role", QStringLiteral("table"));
  rows_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  rows_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  rows_->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
  rows_->hide();
  column->addWidget(rows_, 1);
  column->addStretch(0);
  return right;
}

void JobConfigView::setJob(int64_t id) {
  if (id == texts_.job()) return;
  texts_.setJob(id);
  compared_ = 0;
  if (id == 0) return;
  faces_->showLoading();
  texts_.readConfig();
  show();
}

void JobConfigView::compareWith(int64_t other) {
  if (other <= 0 || texts_.job() == 0) return;
  other_->setText(QString::number(other));
  compared_ = other;
  said_->setText(tr("Comparing…"));
  setTone(said_, Tone::kPlain);
  texts_.compareWith(other);
}

void JobConfigView::show() {
  if (texts_.config()) {
    const v1::JobConfig& config = *texts_.config();
    QString text = q(submitted_->isChecked() ? config.submitted().text() : config.current());
    if (submitted_->isChecked()) {
      for (const std::string& change : config.submitted().overrides()) {
        text += tr("# --set %1\n").arg(q(change));
      }
    }
    if (yaml_->toPlainText() != text) yaml_->setPlainText(text);
    faces_->showContent();
  }
  rows_->setVisible(texts_.difference() && texts_.difference()->rows_size() > 0);
  if (!texts_.difference()) {
    if (compared_ == 0) said_->clear();
    return;
  }
  const v1::CompareConfigsResponse& difference = *texts_.difference();
  setTone(said_, Tone::kPlain);
  said_->setText(difference.rows_size() == 0
                     ? tr("All %1 settings are the same.").arg(difference.same_count())
                     : tr("%1 of %2 settings differ.")
                           .arg(difference.rows_size())
                           .arg(difference.rows_size() + difference.same_count()));
  rows_->setHorizontalHeaderLabels(
      {tr("Setting"), tr("Job %1").arg(texts_.job()), tr("Job %1").arg(compared_)});
  rows_->setRowCount(difference.rows_size());
  for (int row = 0; row < difference.rows_size(); ++row) {
    const v1::SettingRow& setting = difference.rows(row);
    rows_->setItem(row, 0, new QTableWidgetItem(q(setting.field())));
    for (int column = 0; column < std::min(2, setting.settings_size()); ++column) {
      auto* item = new QTableWidgetItem(settingText(setting.settings(column)));
      item->setFont(monoFont(type::kRow));
      rows_->setItem(row, column + 1, item);
    }
  }
}

void JobConfigView::refused(const absl::Status& status) {
  if (!texts_.config()) {
    faces_->showError(tr("The config could not be read"), status, [this] { texts_.readConfig(); });
    return;
  }
  said_->setText(q(status.message()));
  setTone(said_, Tone::kBad);
}

}  // namespace lab::gui
