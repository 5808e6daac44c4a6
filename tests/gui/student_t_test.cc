#include "gui/models/student_t.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lab::gui {
namespace {

// Values of scipy.stats.t.ppf(0.975, freedom), scipy 1.17.1.
TEST(StudentQuantile, AgreesWithTheTables) {
  EXPECT_NEAR(studentQuantile(0.975, 1), 12.706204736174694, 1e-8);
  EXPECT_NEAR(studentQuantile(0.975, 2), 4.302652729749462, 1e-9);
  EXPECT_NEAR(studentQuantile(0.975, 4), 2.7764451051977934, 1e-9);
  EXPECT_NEAR(studentQuantile(0.975, 10), 2.228138851986274, 1e-9);
  EXPECT_NEAR(studentQuantile(0.975, 1e6), 1.959966356814107, 1e-8);
  EXPECT_NEAR(studentQuantile(0.5, 3), 0, 1e-9);
}

TEST(StudentQuantile, TakesFractionsOfDegrees) {
  const double between = studentQuantile(0.975, 3.5);
  EXPECT_LT(between, studentQuantile(0.975, 3));
  EXPECT_GT(between, studentQuantile(0.975, 4));
}

// scipy 1.17.1: ttest_ind([1.0, 1.2, 1.1], [1.5, 1.7, 1.9], equal_var=False)
//     .confidence_interval(0.95)
TEST(DifferenceOf, IsWelchs) {
  const Estimate a{1.1, 0.1 / std::sqrt(3.0), 3};
  const Estimate b{1.7, 0.2 / std::sqrt(3.0), 3};
  const std::optional<Difference> difference = differenceOf(a, b);
  ASSERT_TRUE(difference.has_value());
  EXPECT_NEAR(difference->mean, -0.6, 1e-12);
  EXPECT_NEAR(difference->low, -1.0155399503182503, 1e-9);
  EXPECT_NEAR(difference->high, -0.18446004968174956, 1e-9);
}

TEST(DifferenceOf, IsAbsentWhereNothingIsKnownOfTheNoise) {
  const Estimate many{1, 0.1, 3};
  EXPECT_FALSE(differenceOf(many, {2, 0.1, 1}).has_value());
  EXPECT_FALSE(differenceOf({1, 0, 3}, {2, 0, 3}).has_value());
  EXPECT_FALSE(differenceOf(many, {std::nan(""), 0.1, 3}).has_value());
}

}  // namespace
}  // namespace lab::gui
