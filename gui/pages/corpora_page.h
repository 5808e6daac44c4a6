#pragma once

// Corpora: the texts there are, a look at each, how tokenizers cut them, and texts of one's own.

#include "gui/models/corpus_table.h"
#include "gui/pages/page.h"

class QPlainTextEdit;
class QPushButton;
class QTableView;
class QTabWidget;

namespace lab::gui {

class FactGrid;
class Faces;
class TokenizerView;

class CorporaPage : public Page {
  Q_OBJECT
 public:
  explicit CorporaPage(Lab* lab);

  void visit(const Route& route) override;
  bool settled() const override;
  bool failed() const override;
  // Registers this file of labd's machine; a name in use is asked for anew.
  void add(const QString& path, const QString& name = {});

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  QWidget* makeDetails();
  void chooseFile();
  void showList();
  void showSelected();
  void showPreview(const v1::CorpusPreview& preview);
  void removeSelected();
  void renewSelected();
  void tell(const absl::Status& status, const QString& done);
  const v1::Corpus* selected() const;

  CorpusStore store_;
  CorpusTable table_{&store_};
  Faces* faces_;
  QTableView* view_;
  QTabWidget* tabs_ = nullptr;
  Faces* preview_faces_ = nullptr;
  FactGrid* facts_ = nullptr;
  QPlainTextEdit* documents_ = nullptr;
  TokenizerView* tokenizer_ = nullptr;
  QPushButton* remove_ = nullptr;
  QPushButton* renew_ = nullptr;
  std::string previewed_;  // the corpus that is shown below
  int preview_ = 0;        // of the newest question
  bool asking_ = false;
};

}  // namespace lab::gui
