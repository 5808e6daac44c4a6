#include "gui/widgets/run_chooser.h"

#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <set>

#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr int kNameRole = Qt::UserRole;

void add(QListWidget* list, const QString& name, const QString& text, bool marked) {
  auto* item = new QListWidgetItem(text, list);
  item->setData(kNameRole, name);
  item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
  item->setCheckState(marked ? Qt::Checked : Qt::Unchecked);
}

}  // namespace

RunChooser::RunChooser(const JobStore& jobs, const QStringList& chosen, QWidget* parent)
    : QDialog(parent), before_(chosen) {
  setWindowTitle(tr("Compare which runs?"));
  resize(520, 480);
  auto* column = new QVBoxLayout(this);
  column->setSpacing(space::kSmall);
  filter_ = new QLineEdit(this);
  filter_->setPlaceholderText(tr("filter by name, group or number"));
  filter_->setClearButtonEnabled(true);
  column->addWidget(filter_);
  list_ = new QListWidget(this);
  list_->setUniformItemSizes(true);
  list_->setSpacing(2);
  column->addWidget(list_, 1);
  std::set<std::string> groups;
  for (const v1::Job& job : jobs.jobs()) {
    if (job.type() == "tokenize") continue;  // has no curves
    if (!job.group().empty() && groups.insert(job.group()).second) {
      add(list_, q(job.group()), tr("group %1").arg(q(job.group())),
          chosen.contains(q(job.group())));
    }
    const QString id = QString::number(job.id());
    add(list_, id,
        QStringLiteral("%1   %2   %3   %4")
            .arg(id, q(TitleOf(job)), q(job.member()), stateWord(job.state())),
        chosen.contains(id));
  }
  auto* marks = new QHBoxLayout;
  count_ = makeLabel({}, "dim", this);
  marks->addWidget(count_);
  marks->addStretch(1);
  for (const bool marked : {true, false}) {
    auto* button = makeButton(marked ? tr("Mark all shown") : tr("Unmark all shown"), "", this);
    button->setAutoDefault(false);
    connect(button, &QPushButton::clicked, this, [this, marked] { markShown(marked); });
    marks->addWidget(button);
  }
  column->addLayout(marks);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
  column->addWidget(buttons);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(filter_, &QLineEdit::textChanged, this, &RunChooser::filter);
  connect(list_, &QListWidget::itemChanged, this, &RunChooser::showCount);
  showCount();
  connect(list_, &QListWidget::itemActivated, this, [](QListWidgetItem* item) {
    item->setCheckState(item->checkState() == Qt::Checked ? Qt::Unchecked : Qt::Checked);
  });
}

QStringList RunChooser::chosen() const {
  QStringList marked;
  for (int i = 0; i < list_->count(); ++i) {
    if (list_->item(i)->checkState() == Qt::Checked) {
      marked << list_->item(i)->data(kNameRole).toString();
    }
  }
  QStringList ordered;
  for (const QString& name : before_) {
    if (marked.removeAll(name) > 0) ordered << name;
  }
  return ordered + marked;
}

void RunChooser::markShown(bool marked) {
  const QSignalBlocker quiet(list_);
  for (int i = 0; i < list_->count(); ++i) {
    QListWidgetItem* item = list_->item(i);
    if (!item->isHidden()) item->setCheckState(marked ? Qt::Checked : Qt::Unchecked);
  }
  list_->viewport()->update();
  showCount();
}

void RunChooser::showCount() { count_->setText(tr("%1 marked").arg(chosen().size())); }

void RunChooser::filter(const QString& text) {
  for (int i = 0; i < list_->count(); ++i) {
    QListWidgetItem* item = list_->item(i);
    item->setHidden(!item->text().contains(text, Qt::CaseInsensitive));
  }
}

}  // namespace lab::gui
