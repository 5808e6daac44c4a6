#include "gui/app/navigation.h"

#include <QHBoxLayout>
#include <QShortcut>

#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"

namespace lab::gui {

Navigation::Navigation(Lab* lab, QWidget* parent) : QFrame(parent), lab_(lab) {
  setProperty("role", QStringLiteral("sidebar"));
  setFixedWidth(space::kSidebar);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(10, space::kGap, 10, 10);
  column->setSpacing(1);
  column->addWidget(makeLabel(tr("LLM Learning Lab"), "app", this));
  Place place = Place::kFoot;
  int number = 0;
  for (const PageRow& row : pageRows()) {
    if (row.place == Place::kFoot) continue;
    if (row.place != place) {
      place = row.place;
      column->addSpacing(space::kGap);
      column->addWidget(makeLabel(tr(headingOf(place)), "section", this));
      column->addSpacing(2);
    }
    QPushButton* entry = makeEntry(row);
    column->addWidget(entry);
    if (++number > 9) continue;
    const QKeySequence keys(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_0 + number));
    entry->setToolTip(keys.toString(QKeySequence::NativeText));
    auto* shortcut = new QShortcut(keys, this);
    connect(shortcut, &QShortcut::activated, entry, &QPushButton::click);
  }
  column->addStretch(1);
  column->addWidget(makeFoot());
  connect(&lab->jobs, &JobStore::changed, this, &Navigation::showCounts);
  connect(&lab->session, &LabSession::systemChanged, this, &Navigation::showMachine);
  connect(&lab->session, &LabSession::stateChanged, this, &Navigation::showMachine);
  connect(&lab->preferences, &Preferences::unitsChanged, this, &Navigation::showMachine);
  showMachine();
}

QPushButton* Navigation::makeEntry(const PageRow& row) {
  const QString id = QString::fromLatin1(row.id);
  auto* entry = makeButton(tr(row.title), "nav", this);
  entry->setCheckable(true);
  entry->setAutoExclusive(false);
  entry->setFixedHeight(space::kSidebarRow);
  connect(entry, &QPushButton::clicked, this, [this, id] { Q_EMIT chosen(id); });
  auto* inside = new QHBoxLayout(entry);
  inside->setContentsMargins(0, 0, space::kSmall, 0);
  inside->addStretch(1);
  auto* count = makeLabel({}, "count", entry);
  inside->addWidget(count);
  entries_.insert(id, entry);
  counts_.insert(id, count);
  return entry;
}

QWidget* Navigation::makeFoot() {
  auto* foot = new QWidget(this);
  auto* column = new QVBoxLayout(foot);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(3);
  machine_ = makeLabel({}, "caption", foot);
  column->addWidget(machine_);
  memory_ = new ShareBar(tr("memory in use"), foot);
  memory_->setProperty("role", QStringLiteral("thin"));
  column->addWidget(memory_);
  auto* figures = new QHBoxLayout;
  used_ = makeLabel({}, "caption", foot);
  load_ = makeLabel({}, "caption", foot);
  figures->addWidget(used_);
  figures->addStretch(1);
  figures->addWidget(load_);
  column->addLayout(figures);
  auto* links = new QHBoxLayout;
  links->setSpacing(0);
  for (const PageRow& row : pageRows()) {
    if (row.place == Place::kFoot) links->addWidget(makeEntry(row));
  }
  column->addLayout(links);
  return foot;
}

void Navigation::setCurrent(const QString& page) {
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    entry.value()->setChecked(entry.key() == page);
  }
}

void Navigation::showCounts() {
  int active = 0, training = 0;
  for (const v1::Job& job : lab_->jobs.jobs()) {
    if (isActive(job.state())) ++active;
    if (job.state() == v1::Job::RUNNING && job.type() == "pretrain") ++training;
  }
  auto show = [this](const char* page, int count) {
    if (QLabel* label = counts_.value(QString::fromLatin1(page))) {
      label->setText(count > 0 ? QString::number(count) : QString());
    }
  };
  show("jobs", active);
  show("pretrain", training);
}

void Navigation::showMachine() {
  const v1::System* system = lab_->session.system();
  const bool known = system != nullptr;
  memory_->setVisible(known);
  if (!known) {
    setElided(machine_, lab_->session.title(), space::kSidebar - 20);
    used_->clear();
    load_->clear();
    return;
  }
  setElided(machine_, lab_->session.title() + QStringLiteral("  ·  ") + q(system->processor()),
            space::kSidebar - 20);
  const int64_t used = system->memory_bytes() - system->memory_available_bytes();
  memory_->setShare(static_cast<double>(used) / static_cast<double>(system->memory_bytes()));
  used_->setText(tr("%1 of %2").arg(bytes(used), bytes(system->memory_bytes())));
  load_->setText(q(FormatPercent(system->processor_load())));
}

}  // namespace lab::gui
