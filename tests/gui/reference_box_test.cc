#include "gui/widgets/reference_box.h"

#include <QApplication>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QSignalSpy>
#include <memory>

#include "tests/gui/lab_fixture.h"

namespace lab::gui {
namespace {

class ReferenceBoxTest : public LabFixture {
 protected:
  ReferenceBoxTest() {
    v1::Job& job = fake_.AddJob(12, v1::Job::SUCCEEDED);
    for (int64_t step : {100, 300, 600}) job.add_checkpoints()->set_step(step);
  }

  // A page with a box that has the keyboard.
  void open() {
    connectLab();
    page_ = std::make_unique<QWidget>();
    auto* row = new QHBoxLayout(page_.get());
    box_ = new ReferenceBox(&lab_, {}, page_.get());
    beside_ = new QLineEdit(page_.get());
    row->addWidget(box_);
    row->addWidget(beside_);
    lab_.checkpoints.refresh();
    ASSERT_TRUE(until([this] { return box_->count() == 4; }));
    page_->show();
    page_->activateWindow();
    box_->setFocus();
    ASSERT_TRUE(until([this] { return box_->hasFocus(); }));
  }

  std::unique_ptr<QWidget> page_;
  ReferenceBox* box_ = nullptr;
  QLineEdit* beside_ = nullptr;
};

TEST_F(ReferenceBoxTest, IsChosenByKeyAndByReturn) {
  open();
  QSignalSpy chosen(box_, &ReferenceBox::chosen);
  box_->setReference(QStringLiteral("12@600"));
  EXPECT_EQ(chosen.size(), 0);
  QTest::keyClick(box_, Qt::Key_Down);
  EXPECT_EQ(chosen.size(), 1);
  EXPECT_EQ(box_->reference(), QStringLiteral("12@300"));
  box_->lineEdit()->setText(QStringLiteral("12@best"));
  EXPECT_EQ(chosen.size(), 1);
  QTest::keyClick(box_, Qt::Key_Return);
  EXPECT_EQ(chosen.size(), 2);
  EXPECT_EQ(box_->reference(), QStringLiteral("12@best"));
}

TEST_F(ReferenceBoxTest, IsNotChosenByBeingLeft) {
  open();
  QSignalSpy chosen(box_, &ReferenceBox::chosen), activated(box_, &QComboBox::activated);
  // What is written there is an item, but not the one that was current.
  box_->setEditText(box_->itemText(2));
  beside_->setFocus();
  ASSERT_TRUE(until([this] { return beside_->hasFocus(); }));
  EXPECT_EQ(chosen.size(), 0);
  EXPECT_EQ(activated.size(), 0);
  EXPECT_EQ(box_->reference(), QStringLiteral("12@300"));
}

TEST_F(ReferenceBoxTest, SaysNothingWhenItsPageGoes) {
  open();
  box_->setEditText(box_->itemText(2));
  int said = 0;
  for (auto signal : {&ReferenceBox::chosen, &ReferenceBox::referenceChanged}) {
    QObject::connect(box_, signal, page_.get(), [&said] { ++said; });
  }
  QObject::connect(box_, &QComboBox::activated, page_.get(), [&said] { ++said; });
  page_.reset();
  EXPECT_EQ(said, 0);
}

}  // namespace
}  // namespace lab::gui
