/// What the bindings of both extensions share: argument types, checks, and a request in either role on the wire.
#pragma once

#include "bind/blocks.h"
#include "twoparty/ot/derive.h"
#include "twoparty/ot/extension.h"

namespace veilward::ot {

using bind::KeyBytes;
using bind::Out;
using bind::Owned;
using Message = bind::In<std::uint8_t, nanobind::ndim<1>>;
using Bytes1 = bind::Edit<std::uint8_t, nanobind::ndim<1>>;
using Words1 = bind::Edit<std::uint32_t, nanobind::ndim<1>>;
using Words4 = bind::Edit<std::uint32_t, nanobind::shape<-1, 4>>;
using WordRows = bind::Edit<std::uint32_t, nanobind::ndim<2>>;
using Words10 = bind::Edit<std::uint32_t, nanobind::shape<-1, 10>>;
using Blocks = bind::Edit<std::uint8_t, nanobind::shape<-1, 16>>;

inline Seed seed_of(const KeyBytes& bytes) { return Seed(bytes.data(), 16); }
inline std::span<const std::uint8_t> span_of(const Message& message) { return {message.data(), message.size()}; }

inline Out<std::uint8_t> array_of(const Bytes& bytes) {
  Owned<std::uint8_t> out(bytes.size());
  std::copy(bytes.begin(), bytes.end(), out.data());
  return out.release({bytes.size()});
}

inline Out<std::uint8_t> array_of(Block value) {
  Owned<Block> out(1);
  *out.data() = value;
  return out.release<std::uint8_t>({16});
}

inline Correlation checked(Kind kind, int bits, std::initializer_list<std::size_t> sizes) {
  const Correlation wanted{kind, bits, *sizes.begin()};
  wanted.check();
  for (std::size_t size : sizes) {
    if (size != wanted.n) throw std::invalid_argument("arrays differ in length");
  }
  return wanted;
}

/// The pads of wide slots: a row a result.
inline Correlation checked_wide(int bits, const WordRows& pads) {
  const Correlation wanted = checked(Kind::wide, bits, {pads.shape(0)});
  if (pads.shape(1) != wide_words(bits)) throw std::invalid_argument("a row of pads has 4 words, or 8 for 8 bits");
  return wanted;
}

/// Results of COTs are staged in aligned memory, since numpy promises no more than an element's alignment.
inline void copy_blocks(const std::vector<Block>& from, const Blocks& to) {
  std::memcpy(to.data(), from.data(), from.size() * sizeof(Block));
}

/// The end that reads the message.
template <class End, class Results>
void serve(End& self, const Correlation& wanted, const Message& message, const Results& out) {
  nanobind::gil_scoped_release release;
  self.extend(wanted, span_of(message), out);
}

/// The end that writes it.
template <class End, class Results>
Out<std::uint8_t> make(End& self, const Correlation& wanted, const Results& out) {
  const std::size_t bytes = self.message_bytes(wanted);
  Owned<std::uint8_t> message(bytes);
  {
    nanobind::gil_scoped_release release;
    self.extend(wanted, message.span(), out);
  }
  return message.release({bytes});
}

}  // namespace veilward::ot
