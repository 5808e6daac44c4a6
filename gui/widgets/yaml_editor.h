#pragma once

// The text of a config, to be read and written; wrong lines stand out. GUI thread.

#include <QPlainTextEdit>

namespace lab::gui {

class ConfigFormModel;

class YamlEditor : public QPlainTextEdit {
  Q_OBJECT
 public:
  // `model` outlives this.
  explicit YamlEditor(ConfigFormModel* model, QWidget* parent = nullptr);

 protected:
  void showEvent(QShowEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void take();
  void markLines();

  ConfigFormModel* model_;
  bool giving_ = false;  // the text goes to the model
};

}  // namespace lab::gui
