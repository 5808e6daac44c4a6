#pragma once

// What the page Attention can write to files. GUI thread.

#include <QString>
#include <functional>

class QMenu;

namespace lab::gui {

class HeadsCard;
class HeadView;

// Adds an entry for each; `said` is told how it went. Both widgets outlive the menu's use.
void addAttentionExports(QMenu* menu, HeadsCard* heads, HeadView* head,
                         std::function<void(const QString&)> said);

}  // namespace lab::gui
