#include "gui/pages/settings_page.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QScrollArea>
#include <QSettings>

#include "gui/style/theme.h"
#include "gui/style/tokens.h"
#include "gui/widgets/data_card.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr int kWidest = 760;  // a line of words that is longer is hard to read
constexpr int kNameWidth = 150;

}  // namespace

SettingsPage::SettingsPage(Lab* lab) : Page(lab) {
  makeHead(tr("Settings"));
  auto* area = new QScrollArea(this);
  area->setWidgetResizable(true);
  auto* content = new QWidget(area);
  content->setProperty("role", QStringLiteral("page"));
  content->setMaximumWidth(kWidest);
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kGap);
  column->addWidget(makeAppearance());
  column->addWidget(makeConnections());
  auto* data = new DataCard(lab, content);
  connect(data, &DataCard::cleanerWanted, this, [this] { Q_EMIT go({QStringLiteral("system")}); });
  column->addWidget(data);
  column->addStretch(1);
  area->setWidget(content);
  body()->addWidget(area, 1);
  connect(&book_, &HostBook::changed, this, &SettingsPage::showHosts);
  connect(&lab->session, &LabSession::stateChanged, this, &SettingsPage::showHosts);
  showHosts();
}

QWidget* SettingsPage::makeAppearance() {
  auto* card = new Card(tr("Appearance"), this);
  auto* row = new QHBoxLayout;
  row->setSpacing(space::kTiny);
  auto* group = new QButtonGroup(card);
  const std::pair<Theme::Mode, QString> modes[] = {{Theme::Mode::kSystem, tr("as the system")},
                                                   {Theme::Mode::kLight, tr("light")},
                                                   {Theme::Mode::kDark, tr("dark")}};
  for (const auto& [mode, text] : modes) {
    auto* button = makeButton(text, "segment", card);
    button->setCheckable(true);
    group->addButton(button);
    modes_.push_back(button);
    row->addWidget(button);
    connect(button, &QPushButton::clicked, this, [this, mode = mode] {
      if (lab().theme == nullptr) return;
      lab().theme->setMode(mode);
      QSettings().setValue(QStringLiteral("theme"), Theme::nameOf(mode));
    });
  }
  row->addStretch(1);
  card->body()->addLayout(row);
  showTheme();
  return card;
}

void SettingsPage::showTheme() {
  if (lab().theme == nullptr) return;
  const Theme::Mode mode = lab().theme->mode();
  modes_[mode == Theme::Mode::kSystem ? 0 : mode == Theme::Mode::kLight ? 1 : 2]->setChecked(true);
}

QWidget* SettingsPage::makeConnections() {
  auto* card = new Card(tr("Connections"), this);
  auto* words = makeLabel(
      tr("Jobs run where labd runs; this window can show any of them. labctl connect knows the "
         "same machines."),
      "dim", card);
  words->setWordWrap(true);
  card->body()->addWidget(words);
  rows_ = new QVBoxLayout;
  rows_->setSpacing(space::kTiny);
  card->body()->addLayout(rows_);
  card->body()->addSpacing(space::kSmall);
  card->body()->addWidget(makeLabel(tr("Add a machine"), "strong", card));
  card->body()->addWidget(makeNew());
  return card;
}

QWidget* SettingsPage::makeNew() {
  auto* form = new QWidget(this);
  auto* column = new QVBoxLayout(form);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kSmall);
  auto* row = new QHBoxLayout;
  row->setSpacing(space::kSmall);
  name_ = new QLineEdit(form);
  name_->setPlaceholderText(tr("name"));
  name_->setAccessibleName(tr("name of the machine"));
  name_->setFixedWidth(kNameWidth);
  address_ = new QLineEdit(form);
  address_->setPlaceholderText(tr("ssh://user@box, or box:7733"));
  address_->setAccessibleName(tr("address"));
  meet_ = makeButton(tr("Connect"), "primary", form);
  connect(meet_, &QPushButton::clicked, this, &SettingsPage::meet);
  connect(address_, &QLineEdit::returnPressed, this, &SettingsPage::meet);
  row->addWidget(name_);
  row->addWidget(address_, 1);
  row->addWidget(meet_);
  column->addLayout(row);
  confirm_ = new QWidget(form);
  auto* question = new QVBoxLayout(confirm_);
  question->setContentsMargins(0, 0, 0, 0);
  question->setSpacing(space::kSmall);
  fingerprint_ = makeLabel({}, "row", confirm_);
  fingerprint_->setWordWrap(true);
  fingerprint_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  question->addWidget(fingerprint_);
  auto* answer = new QHBoxLayout;
  answer->setSpacing(space::kSmall);
  token_ = new QLineEdit(confirm_);
  token_->setEchoMode(QLineEdit::Password);
  token_->setPlaceholderText(tr("token, as labd token create printed it on that machine"));
  token_->setAccessibleName(tr("token"));
  add_ = makeButton(tr("It is the same: keep it"), "", confirm_);
  connect(add_, &QPushButton::clicked, this, &SettingsPage::add);
  connect(token_, &QLineEdit::returnPressed, this, &SettingsPage::add);
  answer->addWidget(token_, 1);
  answer->addWidget(add_);
  question->addLayout(answer);
  confirm_->hide();
  column->addWidget(confirm_);
  words_ = makeLabel({}, "dim", form);
  words_->setWordWrap(true);
  words_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  words_->hide();
  column->addWidget(words_);
  return form;
}

void SettingsPage::showHosts() {
  clearLayout(rows_);
  addRow({}, tr("this machine"), tr("its own labd, started when it does not run"), false);
  for (const Host& host : book_.hosts()) {
    addRow(q(host.name), q(host.name), q(host.address), true);
  }
  if (!book_.status().ok()) tell(q(book_.status().message()), Tone::kBad);
}

void SettingsPage::addRow(const QString& host, const QString& name, const QString& what,
                          bool known) {
  const LabSession& session = lab().session;
  const bool here = session.host() == host;
  auto* row = new QHBoxLayout;
  row->setSpacing(space::kSmall);
  auto* name_label = makeLabel(name, "strong");
  name_label->setFixedWidth(kNameWidth);
  row->addWidget(name_label);
  auto* what_label = makeLabel(what, "dim");
  what_label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  row->addWidget(what_label, 1);
  if (here) {
    auto* chip = new Chip;
    if (session.connected()) {
      chip->show(tr("connected"), Tone::kGood);
    } else if (session.state() == LabSession::State::kConnecting) {
      chip->show(tr("connecting"), Tone::kAccent);
    } else {
      chip->show(tr("no connection"), Tone::kWarning);
    }
    row->addWidget(chip);
  } else {
    auto* go = makeButton(tr("Switch to it"), "");
    go->setAccessibleName(tr("switch to %1").arg(name));
    connect(go, &QPushButton::clicked, this, [this, host] { connectTo(host); });
    row->addWidget(go);
  }
  if (known) {
    auto* forget = makeButton(tr("Forget"), "link");
    forget->setAccessibleName(tr("forget %1").arg(name));
    connect(forget, &QPushButton::clicked, this, [this, host, here] {
      if (here) connectTo({});
      const absl::Status status = book_.forget(utf8(host));
      if (!status.ok()) return tell(q(status.message()), Tone::kBad);
      tell(tr("%1 is forgotten, with its token; the token itself still stands: labd token revoke, "
              "on that machine")
               .arg(host),
           Tone::kPlain);
    });
    row->addWidget(forget);
  }
  rows_->addLayout(row);
}

void SettingsPage::connectTo(const QString& host) {
  QSettings().setValue(QStringLiteral("host"), host);
  Q_EMIT hostChosen(host);
}

void SettingsPage::setBusy(bool busy) {
  for (QWidget* part : std::initializer_list<QWidget*>{name_, address_, meet_, token_, add_}) {
    part->setEnabled(!busy);
  }
}

void SettingsPage::tell(const QString& text, Tone tone) {
  words_->setText(text);
  setTone(words_, tone);
  words_->setVisible(!text.isEmpty());
}

void SettingsPage::meet() {
  confirm_->hide();
  setBusy(true);
  tell(tr("looking for %1 …").arg(address_->text()), Tone::kPlain);
  book_.meet(name_->text(), address_->text(),
             [this](const absl::StatusOr<QString>& fingerprint) { met(fingerprint); });
}

void SettingsPage::met(const absl::StatusOr<QString>& fingerprint) {
  setBusy(false);
  if (!fingerprint.ok()) return tell(q(fingerprint.status().message()), Tone::kBad);
  tell({}, Tone::kPlain);
  // ssh has asked and known what is to be known.
  if (fingerprint->isEmpty()) return add();
  fingerprint_->setText(tr("%1 shows the certificate %2. Compare it with what labd fingerprint "
                           "prints on that machine.")
                            .arg(address_->text(), *fingerprint));
  confirm_->show();
  token_->setFocus();
}

void SettingsPage::add() {
  setBusy(true);
  tell(tr("asking its labd …"), Tone::kPlain);
  book_.add(token_->text(), [this](const absl::StatusOr<QString>& words) {
    setBusy(false);
    if (!words.ok()) return tell(q(words.status().message()), Tone::kBad);
    confirm_->hide();
    for (QLineEdit* field : {name_, address_, token_}) field->clear();
    tell(*words, Tone::kGood);
  });
}

}  // namespace lab::gui
