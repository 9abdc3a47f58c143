#include "tools/mcast/file/digest.hpp"

#include <openssl/evp.h>

#include <new>

namespace mcast::cli {

struct Digest::Context {
    Context() : evp(EVP_MD_CTX_new()) {
        if (evp == nullptr || EVP_DigestInit_ex(evp, EVP_sha256(), nullptr) != 1) {
            EVP_MD_CTX_free(evp);
            throw std::bad_alloc();
        }
    }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context() { EVP_MD_CTX_free(evp); }

    EVP_MD_CTX* evp;
};

Digest::Digest() : context_(std::make_unique<Context>()) {}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

// The rest of EVP's functions fail on wrong use only.
void Digest::update(std::span<const std::byte> bytes) {
    EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size());
}

Hash Digest::finish() {
    Hash hash{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context_->evp, reinterpret_cast<unsigned char*>(hash.data()), &size);
    EVP_DigestInit_ex(context_->evp, EVP_sha256(), nullptr);
    return hash;
}

}  // namespace mcast::cli
