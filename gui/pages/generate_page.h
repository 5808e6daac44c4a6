#pragma once

// Generate: a prompt continued by any model, or by two side by side with one seed; every token with
// its probability and what else could have come.

#include "gui/models/generate_history.h"
#include "gui/pages/page.h"

class QMenu;
class QPlainTextEdit;
class QPushButton;

namespace lab::gui {

class LikelyTokens;
class ModelPane;
class SamplingFields;

class GeneratePage : public Page {
  Q_OBJECT
 public:
  explicit GeneratePage(Lab* lab);

  void visit(const Route& route) override;
  bool settled() const override;
  bool failed() const override;

 protected:
  void hideEvent(QHideEvent* event) override;
  void showEvent(QShowEvent* event) override;
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  QWidget* makePrompt();
  void makeActions();
  void generate();
  void stop();
  void paneChanged();
  void showLikely(const ModelPane* pane);
  void setTwo(bool two);
  void remember();
  void fillHistory();
  void restore(const GenerateEntry& entry);
  bool busy() const;

  GenerateHistory history_;
  QPlainTextEdit* prompt_ = nullptr;
  SamplingFields* fields_ = nullptr;
  QLabel* problem_ = nullptr;
  ModelPane* left_;
  ModelPane* right_;
  LikelyTokens* likely_;
  QPushButton* two_ = nullptr;
  QPushButton* stop_ = nullptr;
  QPushButton* generate_ = nullptr;
  QMenu* menu_ = nullptr;
  bool generating_ = false;
  v1::GenerateRequest settings_;  // of what is generated
};

}  // namespace lab::gui
