#include "gui/pages/jobs_page.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QMenu>
#include <QSettings>
#include <QShortcut>
#include <QSplitter>

#include "gui/models/job_words.h"
#include "gui/style/tokens.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/job_commands.h"
#include "gui/widgets/job_details.h"
#include "gui/widgets/job_table.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

// Of the height, at first.
constexpr int kTableShare = 380, kDetailsShare = 260;

QString splitKey() { return QStringLiteral("jobs/split"); }

// The choices of the state filter, in order.
const std::vector<std::pair<const char*, std::set<v1::Job::State>>>& stateChoices() {
  static const std::vector<std::pair<const char*, std::set<v1::Job::State>>> kChoices = {
      {"All states", {}},
      {"Not ended",
       {v1::Job::QUEUED, v1::Job::HELD, v1::Job::RUNNING, v1::Job::STOPPING, v1::Job::PAUSED}},
      {"Running", {v1::Job::RUNNING, v1::Job::STOPPING}},
      {"Waiting", {v1::Job::QUEUED, v1::Job::HELD}},
      {"Paused", {v1::Job::PAUSED}},
      {"Succeeded", {v1::Job::SUCCEEDED}},
      {"Failed", {v1::Job::FAILED}},
      {"Cancelled", {v1::Job::CANCELLED}},
  };
  return kChoices;
}

// Fills a choice of what there is, the chosen one staying chosen.
void offer(QComboBox* box, const QString& all, const std::set<QString>& words) {
  QStringList items{all};
  for (const QString& word : words) items << word;
  QStringList now;
  for (int i = 0; i < box->count(); ++i) now << box->itemText(i);
  if (items == now) return;
  const QString chosen = box->currentIndex() > 0 ? box->currentText() : all;
  const QSignalBlocker quiet(box);
  box->clear();
  box->addItems(items);
  box->setCurrentIndex(std::max<int>(0, static_cast<int>(items.indexOf(chosen))));
}

QString chosenOf(const QComboBox* box) {
  return box->currentIndex() > 0 ? box->currentText() : QString();
}

}  // namespace

JobsPage::JobsPage(Lab* lab) : Page(lab) {
  makeHead(tr("Jobs"));
  table_ = new JobTable(lab, this);
  addButtons();
  body()->addWidget(makeFilters());

  auto* card = new Card({}, this);
  card->body()->setContentsMargins(space::kTiny, space::kTiny, space::kTiny, space::kTiny);
  card->body()->addWidget(table_);
  halves_ = new QSplitter(Qt::Vertical, this);
  halves_->setChildrenCollapsible(false);
  halves_->addWidget(card);
  auto* below = new Card({}, this);
  below->body()->setContentsMargins(space::kTiny, 0, space::kTiny, space::kTiny);
  details_ = new JobDetails(lab, table_->groups(), below);
  below->body()->addWidget(details_);
  halves_->addWidget(below);
  halves_->setHandleWidth(space::kGap);
  halves_->setStretchFactor(0, 3);
  halves_->setStretchFactor(1, 2);
  halves_->setSizes({kTableShare, kDetailsShare});
  halves_->restoreState(QSettings().value(splitKey()).toByteArray());
  faces_ = new Faces(halves_, this);
  body()->addWidget(faces_, 1);

  connect(table_, &JobTable::openWanted, this, [this](qint64 id) {
    Q_EMIT go({QStringLiteral("pretrain"), id});
  });
  connect(table_, &JobTable::selected, this,
          [this] { details_->show(table_->currentJob(), table_->currentGroup()); });
  connect(table_->commands(), &JobCommands::compareWanted, details_, &JobDetails::compare);
  connect(&lab->jobs, &JobStore::changed, this, &JobsPage::show);
  connect(&lab->jobs, &JobStore::failed, this, [this](const absl::Status& status) {
    faces_->showError(tr("The jobs could not be listed"), status,
                      [this] { this->lab().jobs.refresh(); });
  });
  if (lab->jobs.loaded()) show();
}

JobsPage::~JobsPage() { QSettings().setValue(splitKey(), halves_->saveState()); }

void JobsPage::visit(const Route& route) {
  wanted_ = route.job;
  if (lab().jobs.loaded()) show();
  table_->setFocus();
}

bool JobsPage::settled() const { return faces_->face() != Faces::Face::kLoading; }

bool JobsPage::failed() const { return faces_->face() == Faces::Face::kError; }

void JobsPage::addButtons() {
  JobCommands* commands = table_->commands();
  for (auto what : {JobCommands::kPause, JobCommands::kResume, JobCommands::kHold,
                    JobCommands::kDuplicate, JobCommands::kRemove}) {
    QAction* action = commands->action(what);
    auto* button = makeButton(action->text(), "", this);
    auto follow = [button, action] {
      button->setText(action->text());
      button->setEnabled(action->isEnabled());
      button->setToolTip(action->shortcut().toString(QKeySequence::NativeText));
    };
    follow();
    connect(action, &QAction::changed, button, follow);
    connect(button, &QPushButton::clicked, action, &QAction::trigger);
    actions()->addWidget(button);
  }
  auto* more = makeButton(tr("More"), "", this);
  auto* menu = new QMenu(more);
  commands->fill(menu);
  more->setMenu(menu);
  actions()->addWidget(more);
  auto* new_run = makeButton(tr("New run"), "primary", this);
  connect(new_run, &QPushButton::clicked, this, [this] {
    Q_EMIT go({QStringLiteral("pretrain"), 0, QStringLiteral("new")});
  });
  actions()->addWidget(new_run);
}

QWidget* JobsPage::makeFilters() {
  filters_ = new QWidget(this);
  auto* row = new QHBoxLayout(filters_);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::kSmall);
  words_ = new QLineEdit(filters_);
  words_->setPlaceholderText(tr("Search names, tags, notes, results"));
  words_->setAccessibleName(tr("Search"));
  words_->setClearButtonEnabled(true);
  connect(words_, &QLineEdit::textChanged, this, &JobsPage::filter);
  connect(words_, &QLineEdit::returnPressed, table_, [this] { table_->setFocus(); });
  row->addWidget(words_, 1);
  auto add = [&](const QString& name) {
    auto* box = new QComboBox(filters_);
    box->setAccessibleName(name);
    box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    connect(box, &QComboBox::currentIndexChanged, this, &JobsPage::filter);
    row->addWidget(box);
    return box;
  };
  states_ = add(tr("State"));
  {
    const QSignalBlocker quiet(states_);
    for (const auto& choice : stateChoices()) states_->addItem(tr(choice.first));
  }
  types_ = add(tr("Type"));
  tags_ = add(tr("Tag"));
  auto* find = new QShortcut(QKeySequence::Find, this);
  connect(find, &QShortcut::activated, words_, [this] {
    words_->setFocus();
    words_->selectAll();
  });
  auto* leave = new QShortcut(QKeySequence(Qt::Key_Escape), words_);
  leave->setContext(Qt::WidgetShortcut);
  connect(leave, &QShortcut::activated, this, [this] {
    words_->clear();
    table_->setFocus();
  });
  return filters_;
}

void JobsPage::show() {
  std::set<QString> types, tags;
  StateCounts counts;
  int ended = 0;
  for (const v1::Job& job : lab().jobs.jobs()) {
    types.insert(q(job.type()));
    for (const std::string& tag : job.tags()) tags.insert(q(tag));
    if (isActive(job.state())) {
      ++counts[job.state()];
    } else {
      ++ended;
    }
  }
  offer(types_, tr("All types"), types);
  offer(tags_, tr("All tags"), tags);
  tags_->setVisible(!tags.empty());
  QStringList facts;
  if (!counts.empty()) facts << countsText(counts);
  if (ended > 0) facts << tr("%1 ended").arg(grouped(ended));
  if (!lab().jobs.paused_reason().empty()) facts << q(lab().jobs.paused_reason());
  setFacts(facts.join(tr("  ·  ")));
  showFace();
  if (wanted_ != 0) table_->select(std::exchange(wanted_, 0));
}

void JobsPage::showFace() {
  const bool none = lab().jobs.jobs().empty();
  filters_->setVisible(!none);
  if (none) {
    faces_->showEmpty(tr("There are no jobs yet."));
  } else if (table_->filter()->rowCount() == 0) {
    faces_->showEmpty(tr("No job matches."), tr("Show all"), [this] { clearFilters(); });
  } else {
    const bool first = faces_->face() == Faces::Face::kLoading;
    faces_->showContent();
    if (first && isVisible()) table_->setFocus();
  }
}

void JobsPage::filter() {
  JobFilter* rows = table_->filter();
  rows->setWords(words_->text());
  rows->setStates(stateChoices()[static_cast<size_t>(states_->currentIndex())].second);
  rows->setType(chosenOf(types_));
  rows->setTag(chosenOf(tags_));
  if (lab().jobs.loaded()) showFace();
}

void JobsPage::clearFilters() {
  words_->clear();
  for (QComboBox* box : {states_, types_, tags_}) box->setCurrentIndex(0);
}

}  // namespace lab::gui
