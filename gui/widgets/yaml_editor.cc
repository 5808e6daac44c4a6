#include "gui/widgets/yaml_editor.h"

#include <QKeyEvent>
#include <QTextBlock>

#include "gui/models/config_form_model.h"
#include "gui/style/theme.h"
#include "gui/style/tokens.h"

namespace lab::gui {

YamlEditor::YamlEditor(ConfigFormModel* model, QWidget* parent)
    : QPlainTextEdit(parent), model_(model) {
  setFont(monoFont(type::kRow));
  document()->setDocumentMargin(space::kGap);
  setLineWrapMode(QPlainTextEdit::NoWrap);
  setAccessibleName(tr("config as YAML"));
  connect(this, &QPlainTextEdit::textChanged, this, [this] {
    if (!isVisible()) return;
    giving_ = true;
    model_->setYaml(toPlainText());
    giving_ = false;
  });
  connect(model, &ConfigFormModel::edited, this, [this] {
    if (!giving_ && isVisible()) take();
    markLines();
  });
  connect(model, &ConfigFormModel::judged, this, &YamlEditor::markLines);
}

void YamlEditor::showEvent(QShowEvent* event) {
  take();
  QPlainTextEdit::showEvent(event);
}

void YamlEditor::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Tab && event->modifiers() == Qt::NoModifier) {
    insertPlainText(QStringLiteral("  "));  // YAML has no tabs
    return;
  }
  QPlainTextEdit::keyPressEvent(event);
}

void YamlEditor::take() {
  const QString text = model_->yaml();
  if (text != toPlainText()) {
    const QSignalBlocker quiet(this);
    setPlainText(text);
  }
  markLines();
}

void YamlEditor::markLines() {
  const Tokens& tokens = tokensOf(this);
  QList<QTextEdit::ExtraSelection> selections;
  for (int line : model_->wrongLines()) {
    const QTextBlock block = document()->findBlockByNumber(line - 1);
    if (!block.isValid()) continue;
    QTextEdit::ExtraSelection selection;
    selection.cursor = QTextCursor(block);
    selection.format.setBackground(mixed(tokens.card, tokens.bad, kBandOpacity));
    selection.format.setProperty(QTextFormat::FullWidthSelection, true);
    selections << selection;
  }
  setExtraSelections(selections);
}

}  // namespace lab::gui
