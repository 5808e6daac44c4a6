#include "gui/app/main_window.h"

#include <QApplication>
#include <QClipboard>
#include <QGraphicsOpacityEffect>
#include <QHBoxLayout>
#include <QPushButton>
#include <QSettings>
#include <QStackedWidget>

#include "gui/app/navigation.h"
#include "gui/app/notify.h"
#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr int kToastMs = 4000;
constexpr double kDimmed = 0.55;  // a page whose data may be old

}  // namespace

MainWindow::MainWindow() {
  setWindowTitle(tr("LLM Learning Lab"));
  setMinimumSize(820, 520);
  toast_ = new QFrame(this);
  toast_->setProperty("role", QStringLiteral("toast"));
  auto* toast_row = new QHBoxLayout(toast_);
  toast_text_ = new QLabel(toast_);
  toast_text_->setTextFormat(Qt::PlainText);
  toast_row->addWidget(toast_text_);
  toast_->hide();
  toast_end_.setSingleShot(true);
  toast_end_.setInterval(kToastMs);
  connect(&toast_end_, &QTimer::timeout, toast_, &QWidget::hide);
  count_down_.setInterval(250);
  connect(&count_down_, &QTimer::timeout, this, &MainWindow::showLink);
  QSettings settings;
  resize(1280, 800);
  restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
}

void MainWindow::setLab(Lab* lab) {
  pages_.clear();
  page_ = nullptr;
  delete takeCentralWidget();
  lab_ = lab;
  setCentralWidget(makeAll());
  connect(&lab->session, &LabSession::stateChanged, this, &MainWindow::showLink);
  connect(&lab->session, &LabSession::said, this, &MainWindow::say);
  connect(&lab->actions, &JobActions::done, this, &MainWindow::say);
  connect(&lab->actions, &JobActions::failed, this,
          [this](const absl::Status& status) { say(q(status.message())); });
  connect(&lab->jobs, &JobStore::changed, this, &MainWindow::showTitle);
  connect(&lab->jobs, &JobStore::ended, this, &MainWindow::jobEnded);
  showLink();
  go({page_id_});
}

QWidget* MainWindow::makeAll() {
  auto* all = new QWidget(this);
  auto* row = new QHBoxLayout(all);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  navigation_ = new Navigation(lab_, all);
  connect(navigation_, &Navigation::chosen, this, [this](const QString& page) { go({page}); });
  row->addWidget(navigation_);
  auto* column = new QVBoxLayout;
  column->setSpacing(0);
  column->addWidget(makeBanner());
  stack_ = new QStackedWidget(all);
  column->addWidget(stack_, 1);
  row->addLayout(column, 1);
  // Nothing is marked until somebody uses the keyboard.
  all->setFocusPolicy(Qt::ClickFocus);
  all->setFocus();
  return all;
}

void MainWindow::go(const Route& route) {
  for (const PageRow& row : pageRows()) {
    const QString id = QString::fromLatin1(row.id);
    if (id != route.page) continue;
    Page*& page = pages_[id];
    if (page == nullptr) {
      page = row.make(lab_);
      connect(page, &Page::go, this, &MainWindow::go);
      connect(page, &Page::said, this, &MainWindow::say);
      connect(page, &Page::hostChosen, this, &MainWindow::hostChosen);
      stack_->addWidget(page);
    }
    page_ = page;
    page_id_ = id;
    stack_->setCurrentWidget(page);
    navigation_->setCurrent(id);
    // Tab goes on from the page's first part, unless the page knows better.
    page->setFocus();
    page->visit(route);
    QSettings().setValue(QStringLiteral("window/page"), id);
    return;
  }
}

void MainWindow::closeEvent(QCloseEvent* event) {
  QSettings().setValue(QStringLiteral("window/geometry"), saveGeometry());
  QMainWindow::closeEvent(event);
}

QWidget* MainWindow::makeBanner() {
  banner_ = new QFrame(this);
  banner_->setProperty("role", QStringLiteral("banner"));
  auto* row = new QHBoxLayout(banner_);
  row->setContentsMargins(space::kWide, space::kTiny, space::kWide, space::kTiny);
  trouble_ = makeLabel({}, "warning", banner_);
  trouble_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  row->addWidget(trouble_, 1);
  try_now_ = makeButton(tr("Try now"), "", banner_);
  connect(try_now_, &QPushButton::clicked, this, [this] { lab_->session.retryNow(); });
  row->addWidget(try_now_);
  auto* copy = makeButton(tr("Copy details"), "link", banner_);
  connect(copy, &QPushButton::clicked, this,
          [this] { QApplication::clipboard()->setText(q(lab_->session.trouble().ToString())); });
  row->addWidget(copy);
  banner_->hide();
  return banner_;
}

void MainWindow::showLink() {
  const LabSession& session = lab_->session;
  const bool lost = session.state() == LabSession::State::kLost;
  if (lost != banner_->isVisibleTo(this)) {
    banner_->setVisible(lost);
    // The last data stays, dimmed.
    auto* effect = lost ? new QGraphicsOpacityEffect(stack_) : nullptr;
    if (effect != nullptr) effect->setOpacity(kDimmed);
    stack_->setGraphicsEffect(effect);
  }
  if (!lost) {
    count_down_.stop();
    return;
  }
  if (!count_down_.isActive()) count_down_.start();
  const double seconds = session.secondsToRetry();
  const QString when =
      seconds > 0 ? tr("next try in %1 s").arg(static_cast<int>(seconds) + 1) : tr("trying…");
  const QString why = q(session.trouble().message()).section(QLatin1Char('\n'), 0, 0);
  const QString text = tr("%1: %2 — %3").arg(session.title(), why, when);
  setElided(trouble_, text, trouble_->width());
}

void MainWindow::showTitle() {
  const v1::Job* job = lab_->jobs.running();
  QString title = tr("LLM Learning Lab");
  if (job != nullptr) {
    title = q(job->name()) + QStringLiteral(" — ") + title;
    if (job->progress().has_eta_seconds()) {
      title = tr("%1 left · %2").arg(duration(job->progress().eta_seconds()), title);
    }
  }
  setWindowTitle(title);
}

void MainWindow::jobEnded(const v1::Job& job) {
  const Verdict verdict = verdictOf(job);
  const QString title = tr("job %1 %2").arg(job.id()).arg(stateWord(job.state()));
  say(title + QStringLiteral(": ") + verdict.text);
  // Whoever looks at the window has just read it there.
  if (!isActiveWindow()) notify(title, q(job.name()) + QStringLiteral(": ") + verdict.text);
}

void MainWindow::say(const QString& text) {
  toast_text_->setText(
      toast_text_->fontMetrics().elidedText(text, Qt::ElideRight, width() - space::kSidebar - 80));
  toast_->adjustSize();
  moveToast();
  toast_->show();
  toast_->raise();
  toast_end_.start();
}

void MainWindow::moveToast() {
  const int middle = space::kSidebar + (width() - space::kSidebar) / 2;
  toast_->move(middle - toast_->width() / 2, height() - toast_->height() - space::kWide);
}

void MainWindow::resizeEvent(QResizeEvent* event) {
  QMainWindow::resizeEvent(event);
  moveToast();
}

}  // namespace lab::gui
