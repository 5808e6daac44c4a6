#include "gui/widgets/attention_exports.h"

#include <QCoreApplication>
#include <QFileDialog>
#include <QMenu>
#include <utility>

#include "core/base/file.h"
#include "gui/models/words.h"
#include "gui/widgets/head_grid.h"
#include "gui/widgets/head_view.h"
#include "gui/widgets/heads_card.h"

namespace lab::gui {
namespace {

using Write = std::function<absl::Status(const QString& file)>;

QString tr(const char* text) { return QCoreApplication::translate("AttentionExports", text); }

}  // namespace

void addAttentionExports(QMenu* menu, HeadsCard* heads, HeadView* head,
                         std::function<void(const QString&)> said) {
  auto add = [menu, said = std::move(said)](const QString& title, const QString& name,
                                            const Write& write) {
    auto save = [menu, said, title, name, write] {
      const QString kind = QStringLiteral("*.") + name.section(QLatin1Char('.'), -1);
      const QString file = QFileDialog::getSaveFileName(menu->window(), title, name, kind);
      if (file.isEmpty()) return;
      const absl::Status written = write(file);
      said(written.ok() ? tr("wrote %1").arg(file) : q(written.message()));
    };
    QObject::connect(menu->addAction(title), &QAction::triggered, menu, save);
  };
  add(tr("Picture of this head"), QStringLiteral("head.png"),
      [head](const QString& file) { return head->exportPng(file); });
  add(tr("Picture of all heads"), QStringLiteral("heads.png"),
      [heads](const QString& file) { return heads->grid()->exportPng(file); });
  add(tr("Values in sight"), QStringLiteral("head.csv"),
      [head](const QString& file) { return WriteFileAtomically(utf8(file), head->csv()); });
  add(tr("Scores of all heads"), QStringLiteral("heads.csv"),
      [heads](const QString& file) { return WriteFileAtomically(utf8(file), heads->csv()); });
}

}  // namespace lab::gui
