#include "daemon/remote/identity.h"

#include <memory>

#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "core/base/file.h"
#include "core/base/remote_names.h"
#include "core/base/strings.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxFileBytes = 1 << 20;
// Long ago, so that a client whose clock is behind does not refuse; and the date that RFC 5280,
// 4.1.2.5, gives to certificates without an end.
constexpr char kNotBefore[] = "20200101000000Z";
constexpr char kNotAfter[] = "99991231235959Z";
constexpr int kSerialBytes = 16;

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Memory = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;

absl::Status Damaged(const fs::path& file, std::string_view why) {
  return absl::FailedPreconditionError(Absl(StrCat(
      file.string(), " ", why, "; remove it and labd makes a new one, with a new fingerprint")));
}

std::string TextOf(BIO* memory) {
  char* data = nullptr;
  int64_t size = BIO_get_mem_data(memory, &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string FingerprintOf(X509* certificate) {
  unsigned char* der = nullptr;
  int size = i2d_X509(certificate, &der);
  if (size <= 0) return "";
  std::string fingerprint = CertificateFingerprint(
      std::string_view(reinterpret_cast<const char*>(der), static_cast<size_t>(size)));
  OPENSSL_free(der);
  return fingerprint;
}

bool AddExtension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// The names are for other programs that connect; labctl asks for kCertificateName only.
std::string AlternativeNames() {
  std::string names = StrCat("DNS:", kCertificateName, ",DNS:localhost,IP:127.0.0.1,IP:::1");
  char host[256] = {};
  if (::gethostname(host, sizeof(host) - 1) != 0) return names;
  std::string_view name = host;
  bool plain = !name.empty() && name.find_first_not_of(
                                    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP"
                                    "QRSTUVWXYZ0123456789-.") == std::string_view::npos;
  if (plain && name != "localhost") names += StrCat(",DNS:", name);
  return names;
}

bool SetSerial(X509* certificate) {
  unsigned char bytes[kSerialBytes];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1) return false;
  bytes[0] &= 0x7F;  // positive
  Number number(BN_bin2bn(bytes, sizeof(bytes), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool Fill(X509* certificate, EVP_PKEY* key) {
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* text = reinterpret_cast<const unsigned char*>(kCertificateName);
  return X509_set_version(certificate, X509_VERSION_3) == 1 && SetSerial(certificate) &&
         ASN1_TIME_set_string(X509_getm_notBefore(certificate), kNotBefore) == 1 &&
         ASN1_TIME_set_string(X509_getm_notAfter(certificate), kNotAfter) == 1 &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         AddExtension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
         AddExtension(certificate, NID_key_usage, "critical,digitalSignature") &&
         AddExtension(certificate, NID_ext_key_usage, "serverAuth") &&
         AddExtension(certificate, NID_subject_alt_name, AlternativeNames()) &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

absl::StatusOr<std::string> MakePem() {
  Key key(EVP_EC_gen("P-256"));
  Certificate certificate(X509_new());
  Memory memory(BIO_new(BIO_s_mem()));
  if (!key || !certificate || !memory || !Fill(certificate.get(), key.get()) ||
      PEM_write_bio_PKCS8PrivateKey(memory.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) != 1 ||
      PEM_write_bio_X509(memory.get(), certificate.get()) != 1) {
    return absl::InternalError("OpenSSL made no certificate");
  }
  return TextOf(memory.get());
}

absl::StatusOr<Identity> Read(const fs::path& file) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(file, kMaxFileBytes));
  struct stat info = {};
  if (::stat(file.c_str(), &info) != 0) return ErrnoStatus("looking at", file);
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Damaged(file, "holds labd's private key, and others may read it");
  }
  Memory source(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  Key key(PEM_read_bio_PrivateKey(source.get(), nullptr, nullptr, nullptr));
  Certificate certificate(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr));
  if (!key || !certificate || X509_check_private_key(certificate.get(), key.get()) != 1) {
    return Damaged(file, "is damaged: it holds no private key with its certificate");
  }
  Memory key_text(BIO_new(BIO_s_mem()));
  Memory certificate_text(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  PEM_write_bio_X509(certificate_text.get(), certificate.get());
  return Identity{TextOf(key_text.get()), TextOf(certificate_text.get()),
                  FingerprintOf(certificate.get())};
}

}  // namespace

absl::StatusOr<Identity> LoadOrMakeIdentity(const fs::path& file) {
  // labd and `labd fingerprint` may come first at the same time.
  ASSIGN_OR_RETURN(FileLock lock, FileLock::Acquire(fs::path(file.string() + ".lock")));
  absl::StatusOr<Identity> identity = Read(file);
  if (!absl::IsNotFound(identity.status())) return identity;
  ASSIGN_OR_RETURN(std::string pem, MakePem());
  RETURN_IF_ERROR(WritePrivateFile(file, pem));
  return Read(file);
}

}  // namespace lab
