#include "core/base/remote_names.h"

#include <cctype>
#include <charconv>

#include "core/base/file.h"
#include "core/base/strings.h"

namespace lab {
namespace {

constexpr std::string_view kPrefix = "sha256:";
constexpr size_t kDigits = 64;
constexpr int kMaxPort = 65535;

absl::Status Wrong(std::string_view text, std::string_view why) {
  return absl::InvalidArgumentError(
      Absl(StrCat("\"", text, "\": ", why, "; write it as HOST:PORT, e.g. box:7733")));
}

bool MayStandInHost(unsigned char c, bool brackets) {
  return std::isalnum(c) || c == '.' || c == '-' || c == '_' ||
         (brackets && (c == ':' || c == '%'));
}

}  // namespace

std::string HostPort::Text() const {
  bool brackets = host.find(':') != std::string::npos;
  return brackets ? StrCat("[", host, "]:", port) : StrCat(host, ":", port);
}

absl::StatusOr<HostPort> ParseHostPort(std::string_view text) {
  HostPort result;
  std::string_view port;
  const bool brackets = !text.empty() && text.front() == '[';
  if (brackets) {
    size_t close = text.find(']');
    if (close == std::string_view::npos) return Wrong(text, "the bracket is not closed");
    result.host = text.substr(1, close - 1);
    if (close + 1 >= text.size() || text[close + 1] != ':')
      return Wrong(text, "the port is missing");
    port = text.substr(close + 2);
  } else {
    size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return Wrong(text, "the port is missing");
    if (text.find(':') != colon) {
      return Wrong(text, "an IPv6 address stands in brackets, as in [::1]:7733");
    }
    result.host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (result.host.empty()) return Wrong(text, "the host is missing");
  for (unsigned char c : result.host) {
    if (!MayStandInHost(c, brackets))
      return Wrong(text, "the host holds a character that none has");
  }
  if (result.host.front() == '-') return Wrong(text, "no host begins with a dash");
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (port.empty() || error != std::errc() || end != port.data() + port.size() || result.port < 0 ||
      result.port > kMaxPort || port.front() == '-') {
    return Wrong(text, "the port must be a number from 0 to 65535");
  }
  return result;
}

std::string CertificateFingerprint(std::string_view der) { return StrCat(kPrefix, Sha256(der)); }

std::string NormalFingerprint(std::string_view text) {
  std::string digits;
  for (unsigned char c : text) {
    if (c == ':') continue;
    digits += static_cast<char>(std::tolower(c));
  }
  // The prefix lost its colon above.
  std::string_view bare = kPrefix.substr(0, kPrefix.size() - 1);
  if (digits.compare(0, bare.size(), bare) == 0) digits.erase(0, bare.size());
  std::string bytes;
  if (digits.size() != kDigits || !FromHex(digits, &bytes)) return "";
  return StrCat(kPrefix, digits);
}

}  // namespace lab
