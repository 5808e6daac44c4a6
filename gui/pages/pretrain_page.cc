#include "gui/pages/pretrain_page.h"

#include <QComboBox>
#include <QHBoxLayout>

#include "gui/widgets/new_run.h"

namespace lab::gui {

PretrainPage::PretrainPage(Lab* lab) : Page(lab) {
  makeHead(tr("New run"));
  new_run_ = new NewRun(lab, this);
  beside_title()->addWidget(new_run_->type_choice());
  beside_title()->addStretch(1);
  actions()->addWidget(new_run_->actions());
  body()->addWidget(new_run_, 1);
  connect(new_run_, &NewRun::said, this, &Page::said);
  connect(new_run_, &NewRun::changed, this, &PretrainPage::showTitle);
  connect(new_run_, &NewRun::queued, this, [this](qint64 id) {
    Q_EMIT go({QStringLiteral("jobs"), id});
  });
  showTitle();
}

void PretrainPage::showTitle() {
  setFacts(tr("every field explains itself; what differs from the default is marked"));
}

void PretrainPage::visit(const Route& route) {
  if (route.argument.startsWith(QStringLiteral("config:"))) {
    new_run_->startFromJob(route.argument.mid(7).toLongLong());
  } else if (route.argument.startsWith(QStringLiteral("preset:"))) {
    new_run_->startFromPreset(route.argument.mid(7));
  }
}

bool PretrainPage::settled() const { return new_run_->settled(); }

bool PretrainPage::failed() const { return new_run_->failed(); }

}  // namespace lab::gui
