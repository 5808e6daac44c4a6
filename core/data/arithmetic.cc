#include "core/data/arithmetic.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "core/base/philox.h"
#include "core/base/strings.h"

namespace lab {
namespace {

constexpr int kMaxDigits = 3;
constexpr uint8_t kQuestion = 0, kAnswer = 1;

// Numbers of that many digits, and the first of them.
constexpr uint32_t Count(int digits) { return digits == 1 ? 10 : digits == 2 ? 90 : 900; }
constexpr uint32_t First(int digits) { return digits == 1 ? 0 : digits == 2 ? 10 : 100; }

uint32_t DrawOperand(PhiloxStream& stream) {
  const int digits = 1 + static_cast<int>(stream.NextBelow(kMaxDigits));
  return First(digits) + stream.NextBelow(Count(digits));
}

// −ln p of an operand of that many digits.
double OperandNats(int digits) { return std::log(kMaxDigits) + std::log(Count(digits)); }

// The number that an operand's text stands for; nullopt if it is none that is ever drawn.
std::optional<uint32_t> ReadOperand(std::string_view text) {
  if (text.empty() || text.size() > kMaxDigits || (text.size() > 1 && text[0] == '0')) {
    return std::nullopt;
  }
  uint32_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

class Arithmetic : public KnownSource {
 public:
  explicit Arithmetic(bool reversed) : reversed_(reversed) {
    double operand = 0;
    for (int digits = 1; digits <= kMaxDigits; ++digits) operand += OperandNats(digits);
    parts_ = {{"question", 2 * operand / kMaxDigits}, {"answer", 0}};
  }

  std::string Document(uint64_t seed, uint64_t index) const override {
    PhiloxStream stream(seed, Purpose::kCorpus, index);
    const uint32_t a = DrawOperand(stream);
    const uint32_t b = DrawOperand(stream);
    return StrCat(a, "+", b, "=", Answer(a + b));
  }

  absl::StatusOr<double> LogProbability(std::string_view document) const override {
    ASSIGN_OR_RETURN(PartsReading reading, ReadParts(document));
    return -reading.nats[kQuestion];
  }

  double EntropyPerDocument() const override { return parts_[kQuestion].nats; }
  std::vector<EntropyPart> Parts() const override { return parts_; }

  absl::StatusOr<PartsReading> ReadParts(std::string_view document) const override {
    const size_t plus = std::min(document.find('+'), document.size());
    const size_t equals = document.find('=', plus);
    if (equals == std::string_view::npos) return NotMade(document);
    auto a = ReadOperand(document.substr(0, plus));
    auto b = ReadOperand(document.substr(plus + 1, equals - plus - 1));
    if (!a || !b || document.substr(equals + 1) != Answer(*a + *b)) return NotMade(document);
    PartsReading reading;
    reading.nats = {
        OperandNats(static_cast<int>(plus)) + OperandNats(static_cast<int>(equals - plus - 1)), 0};
    reading.of_byte.assign(equals + 1, kQuestion);
    reading.of_byte.resize(document.size() + 1, kAnswer);
    return reading;
  }

 private:
  std::string Answer(uint32_t sum) const {
    std::string text = StrCat(sum);
    if (reversed_) std::reverse(text.begin(), text.end());
    return text;
  }
  static absl::Status NotMade(std::string_view document) {
    return Failure(absl::StatusCode::kInvalidArgument, reason::kCorpusInvalid,
                   StrCat("'", document.substr(0, 40), "' is no sum that this source makes"));
  }

  const bool reversed_;
  std::vector<EntropyPart> parts_;
};

}  // namespace

std::shared_ptr<const KnownSource> MakeArithmetic(bool reversed) {
  return std::make_shared<Arithmetic>(reversed);
}

}  // namespace lab
