#include "gui/pages/corpora_page.h"

#include <QDragEnterEvent>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QItemSelectionModel>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QShortcut>
#include <QSplitter>
#include <QTabWidget>
#include <QUrl>

#include "core/base/strings.h"
#include "gui/models/corpus_words.h"
#include "gui/style/theme.h"
#include "gui/style/tokens.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/fact_grid.h"
#include "gui/widgets/table.h"
#include "gui/widgets/tokenizer_view.h"

namespace lab::gui {
namespace {

constexpr int kDocuments = 5;
constexpr int kListHeight = 300;
constexpr int kTokenText = 600;  // characters of a corpus that the tokenizer view begins with

}  // namespace

CorporaPage::CorporaPage(Lab* lab) : Page(lab), store_(&lab->session) {
  makeHead(tr("Corpora"));
  setFacts(tr("texts to train on; a file dropped here is added, and stays where it is"));
  renew_ = makeButton(tr("Register again"), "", this);
  renew_->setToolTip(tr("The file has changed: take it as it is now."));
  connect(renew_, &QPushButton::clicked, this, &CorporaPage::renewSelected);
  remove_ = makeButton(tr("Remove"), "", this);
  remove_->setToolTip(tr("Forget this text; its file stays (Del)"));
  connect(remove_, &QPushButton::clicked, this, &CorporaPage::removeSelected);
  auto* add = makeButton(tr("Add file…"), "primary", this);
  add->setToolTip(tr("Ctrl+O"));
  connect(add, &QPushButton::clicked, this, &CorporaPage::chooseFile);
  for (QPushButton* button : {renew_, remove_, add}) actions()->addWidget(button);
  auto* open = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_O), this);
  open->setContext(Qt::WidgetWithChildrenShortcut);
  connect(open, &QShortcut::activated, this, &CorporaPage::chooseFile);

  auto* split = new QSplitter(Qt::Vertical, this);
  split->setHandleWidth(space::kGap);
  split->setChildrenCollapsible(false);
  auto* list = new Card({}, split);
  view_ = makeTable(&table_, tr("corpora"), CorpusTable::kTitle, list);
  view_->setItemDelegateForColumn(CorpusTable::kState,
                                  new ToneDelegate(CorpusTable::kToneRole, view_));
  view_->setSelectionMode(QAbstractItemView::SingleSelection);
  list->body()->addWidget(view_);
  auto* remove = new QShortcut(QKeySequence::Delete, view_);
  remove->setContext(Qt::WidgetShortcut);
  connect(remove, &QShortcut::activated, this, &CorporaPage::removeSelected);
  split->addWidget(list);
  split->addWidget(makeDetails());
  split->setStretchFactor(1, 1);
  split->setSizes({kListHeight, kListHeight});
  faces_ = new Faces(split, this);
  body()->addWidget(faces_, 1);
  setAcceptDrops(true);
  connect(&store_, &CorpusStore::changed, this, &CorporaPage::showList);
  connect(&lab->preferences, &Preferences::unitsChanged, this, &CorporaPage::showList);
  connect(view_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          &CorporaPage::showSelected);
  showSelected();
}

QWidget* CorporaPage::makeDetails() {
  auto* card = new Card({}, this);
  tabs_ = new QTabWidget(card);
  auto* preview = new QWidget(tabs_);
  auto* row = new QHBoxLayout(preview);
  row->setContentsMargins(0, space::kGap, 0, 0);
  row->setSpacing(space::kWide);
  auto* left = new QVBoxLayout;
  facts_ = new FactGrid(FactGrid::Flow::kList, preview);
  left->addWidget(facts_);
  left->addStretch(1);
  row->addLayout(left, 2);
  documents_ = makeMonoText(tr("first documents"), type::kRow, preview);
  documents_->setLineWrapMode(QPlainTextEdit::WidgetWidth);
  row->addWidget(documents_, 3);
  preview_faces_ = new Faces(preview, tabs_);
  tabs_->addTab(preview_faces_, tr("Preview"));
  tokenizer_ = new TokenizerView(&lab(), tabs_);
  tabs_->addTab(tokenizer_, tr("Tokens"));
  card->body()->addWidget(tabs_);
  return card;
}

void CorporaPage::visit(const Route& route) {
  store_.refresh();
  lab().checkpoints.refresh();
  if (route.argument == QStringLiteral("tokens")) {
    tabs_->setCurrentWidget(tokenizer_);
  } else if (!route.argument.isEmpty()) {
    view_->setCurrentIndex(table_.indexOf(utf8(route.argument)));
  }
}

bool CorporaPage::settled() const {
  if (faces_->face() == Faces::Face::kError) return true;
  return store_.loaded() && !asking_ && tokenizer_->settled();
}

bool CorporaPage::failed() const {
  return faces_->face() == Faces::Face::kError || preview_faces_->face() == Faces::Face::kError;
}

const v1::Corpus* CorporaPage::selected() const { return table_.corpus(view_->currentIndex()); }

void CorporaPage::showList() {
  if (!store_.loaded()) {
    if (lab().session.connected()) {
      faces_->showError(tr("The corpora could not be listed"), store_.status(),
                        [this] { store_.refresh(); });
    }
    return;
  }
  if (store_.corpora().empty()) {
    return faces_->showEmpty(tr("There is no text yet; add a text file or a .jsonl."),
                             tr("Add file…"), [this] { chooseFile(); });
  }
  faces_->showContent();
  if (selected() == nullptr) view_->setCurrentIndex(table_.index(0, 0));
  showSelected();
}

void CorporaPage::showSelected() {
  const v1::Corpus* corpus = selected();
  const bool own = corpus != nullptr && !corpus->path().empty();
  remove_->setEnabled(own);
  renew_->setVisible(own && corpus->state() == "changed");
  if (corpus == nullptr || corpus->name() == previewed_) return;
  previewed_ = corpus->name();
  asking_ = true;
  preview_faces_->showLoading();
  store_.preview(corpus->name(), kDocuments,
                 [this, number = ++preview_](const absl::StatusOr<v1::CorpusPreview>& answer) {
                   if (number != preview_) return;
                   asking_ = false;
                   if (answer.ok()) return showPreview(*answer);
                   preview_faces_->showError(tr("There is no look at this text"), answer.status(),
                                             [this] {
                                               previewed_.clear();
                                               showSelected();
                                             });
                 });
}

void CorporaPage::showPreview(const v1::CorpusPreview& preview) {
  facts_->show(corpusFacts(preview));
  documents_->setPlainText(documentsText(preview));
  QString text;
  for (const v1::CorpusDocument& document : preview.documents()) text += q(document.text());
  tokenizer_->setText(text.left(kTokenText));
  preview_faces_->showContent();
}

void CorporaPage::chooseFile() {
  if (lab().session.remote()) {
    bool agreed = false;
    const QString path = QInputDialog::getText(
        this, tr("Add a text"), tr("Path of the file on %1:").arg(lab().session.title()),
        QLineEdit::Normal, {}, &agreed);
    if (agreed && !path.isEmpty()) add(path);
    return;
  }
  const QString path = QFileDialog::getOpenFileName(
      this, tr("Add a text"), {}, tr("Texts (*.txt *.jsonl *.md);;All files (*)"));
  if (!path.isEmpty()) add(path);
}

void CorporaPage::add(const QString& path, const QString& name) {
  Q_EMIT said(tr("reading %1").arg(path));
  store_.add(path, name, [this, path](const absl::StatusOr<v1::Corpus>& answer) {
    if (absl::IsAlreadyExists(answer.status())) {
      bool agreed = false;
      const QString other = QInputDialog::getText(
          this, tr("Add a text"), q(answer.status().message()), QLineEdit::Normal, {}, &agreed);
      if (agreed && !other.isEmpty()) add(path, other);
      return;
    }
    tell(answer.status(), answer.ok()
                              ? tr("%1 is added: %2 documents, %3")
                                    .arg(q(answer->name()), grouped(answer->document_count()),
                                         bytes(answer->size_bytes()))
                              : QString());
  });
}

void CorporaPage::removeSelected() {
  const v1::Corpus* corpus = selected();
  if (corpus == nullptr || corpus->path().empty()) return;
  store_.remove(corpus->name(), [this, name = q(corpus->name())](const absl::Status& status) {
    tell(status, tr("%1 is forgotten; its file stays").arg(name));
  });
}

void CorporaPage::renewSelected() {
  const v1::Corpus* corpus = selected();
  if (corpus == nullptr || corpus->path().empty()) return;
  previewed_.clear();
  store_.renew(*corpus, [this](const absl::StatusOr<v1::Corpus>& answer) {
    tell(answer.status(),
         answer.ok() ? tr("%1 is as its file is now").arg(q(answer->name())) : QString());
  });
}

void CorporaPage::tell(const absl::Status& status, const QString& done) {
  Q_EMIT said(status.ok() ? done : q(status.message()));
}

void CorporaPage::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void CorporaPage::dropEvent(QDropEvent* event) {
  if (lab().session.remote()) {
    return Q_EMIT said(tr("%1 cannot see this machine's files: copy it there, then give its path")
                           .arg(lab().session.title()));
  }
  for (const QUrl& url : event->mimeData()->urls()) {
    if (url.isLocalFile()) add(url.toLocalFile());
  }
}

}  // namespace lab::gui
