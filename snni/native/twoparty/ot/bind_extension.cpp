/// Sender and Receiver. One thread at a time uses an object (snni.twoparty.ot holds a lock); the GIL is released around
/// work.
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>

#include <tuple>

#include "twoparty/ot/bind.h"
#include "twoparty/ot/extension.h"
#include "twoparty/ot/requests.h"
#include "twoparty/ot/wire.h"

namespace nb = nanobind;

namespace veilward::ot {
namespace {

std::unique_ptr<Sender> make_sender(int k, std::uint8_t direction, const KeyBytes& seed, int lpn) {
  return std::make_unique<Sender>(k, direction, seed_of(seed), lpn);
}

std::unique_ptr<Receiver> make_receiver(int k, std::uint8_t direction, const KeyBytes& seed, int lpn) {
  return std::make_unique<Receiver>(k, direction, seed_of(seed), lpn);
}

Out<std::uint8_t> reply(Sender& self, const Message& offer) { return array_of(self.reply(span_of(offer))); }
void accept_trees(Sender& self, const Message& trees) { self.accept_trees(span_of(trees)); }
void verify(Sender& self, const Message& proof) { self.verify(span_of(proof)); }

void send_leaf(Sender& self, const Message& message, int bits, const Words1& pads) {
  serve(self, checked(Kind::leaf, bits, {pads.size()}), message, SenderOut{.words = pads.data()});
}

void send_wide(Sender& self, const Message& message, int bits, const WordRows& pads) {
  serve(self, checked_wide(bits, pads), message, SenderOut{.words = pads.data()});
}

void send_bits2(Sender& self, const Message& message, const Bytes1& m0, const Bytes1& m1) {
  serve(self, checked(Kind::bits2, 2, {m0.size(), m1.size()}), message,
        SenderOut{.bytes0 = m0.data(), .bytes1 = m1.data()});
}

void send_pads(Sender& self, const Message& message, int bits, const Words1& p0, const Words1& p1) {
  serve(self, checked(Kind::pads, bits, {p0.size(), p1.size()}), message,
        SenderOut{.words = p0.data(), .words1 = p1.data()});
}

void send_crossed(Sender& self, const Message& message, const Words10& pads) {
  serve(self, checked(Kind::crossed, 32, {pads.shape(0)}), message, SenderOut{.words = pads.data()});
}

void send_cot(Sender& self, const Message& message, const Blocks& q) {
  std::vector<Block> staged(q.shape(0));
  serve(self, checked(Kind::cot, 0, {q.shape(0)}), message, SenderOut{.q = staged.data()});
  copy_blocks(staged, q);
}

Out<std::uint8_t> reveal_delta(const Sender& self) { return array_of(self.reveal_delta()); }

Out<std::uint8_t> offer(const Receiver& self) { return array_of(self.offer()); }
Out<std::uint8_t> trees(Receiver& self, const Message& reply) { return array_of(self.trees(span_of(reply))); }
Out<std::uint8_t> prove(Receiver& self) { return array_of(self.prove()); }

Out<std::uint8_t> receive_leaf(Receiver& self, int bits, const Bytes1& rho, const Bytes1& pad) {
  return make(self, checked(Kind::leaf, bits, {rho.size(), pad.size()}),
              ReceiverOut{.rho = rho.data(), .bytes = pad.data()});
}

Out<std::uint8_t> receive_wide(Receiver& self, int bits, const Bytes1& rho, const Bytes1& pad) {
  return make(self, checked(Kind::wide, bits, {rho.size(), pad.size()}),
              ReceiverOut{.rho = rho.data(), .bytes = pad.data()});
}

Out<std::uint8_t> receive_bits2(Receiver& self, const Bytes1& rho, const Bytes1& message) {
  return make(self, checked(Kind::bits2, 2, {rho.size(), message.size()}),
              ReceiverOut{.rho = rho.data(), .bytes = message.data()});
}

Out<std::uint8_t> receive_pads(Receiver& self, int bits, const Bytes1& rho, const Words1& pad) {
  return make(self, checked(Kind::pads, bits, {rho.size(), pad.size()}),
              ReceiverOut{.rho = rho.data(), .words = pad.data()});
}

Out<std::uint8_t> receive_crossed(Receiver& self, const Bytes1& rho, const Words4& pad) {
  return make(self, checked(Kind::crossed, 32, {rho.size(), pad.shape(0)}),
              ReceiverOut{.rho = rho.data(), .words = pad.data()});
}

Out<std::uint8_t> receive_cot(Receiver& self, const Bytes1& choices, const Blocks& t) {
  std::vector<Block> staged(t.shape(0));
  auto message = make(self, checked(Kind::cot, 0, {t.shape(0), choices.size()}),
                      ReceiverOut{.rho = choices.data(), .t = staged.data()});
  copy_blocks(staged, t);
  return message;
}

std::size_t message_bytes(int k, int transfers, std::size_t n) {
  const std::size_t blocks = (n * static_cast<std::size_t>(transfers) + 127) / 128;
  return extend_header_bytes + (Groups(k).count() - 1) * blocks * sizeof(Block);
}

std::tuple<std::size_t, std::size_t, std::size_t> setup_bytes(int k) {
  return {setup_header_bytes + point_bytes, setup_header_bytes + base_transfers * point_bytes,
          setup_header_bytes + Groups(k).correction_blocks() * sizeof(Block) + Groups(k).count() * proof_bytes};
}

void bind_sender(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<Sender>(module, "Sender", "Holds both messages of every transfer. Fills the arrays it is given.")
      .def(nb::new_(&make_sender), "k"_a, "direction"_a, "seed"_a, "lpn"_a = 0)
      .def("reply", &reply, "offer"_a)
      .def("accept_trees", &accept_trees, "trees"_a)
      .def("leaf", &send_leaf, "message"_a, "bits"_a, "pads"_a)
      .def("wide", &send_wide, "message"_a, "bits"_a, "pads"_a)
      .def("bits2", &send_bits2, "message"_a, "m0"_a, "m1"_a)
      .def("pads", &send_pads, "message"_a, "bits"_a, "p0"_a, "p1"_a)
      .def("crossed", &send_crossed, "message"_a, "pads"_a)
      .def("cot", &send_cot, "message"_a, "q"_a)
      .def("verify", &verify, "proof"_a)
      .def("reveal_delta", &reveal_delta)
      .def_prop_ro("next", &Sender::next, "Transfers claimed so far; only grows.");
}

void bind_receiver(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<Receiver>(module, "Receiver", "Holds a choice and its message. Fills arrays, returns the message to send.")
      .def(nb::new_(&make_receiver), "k"_a, "direction"_a, "seed"_a, "lpn"_a = 0)
      .def("offer", &offer)
      .def("trees", &trees, "reply"_a)
      .def("leaf", &receive_leaf, "bits"_a, "rho"_a, "pad"_a)
      .def("wide", &receive_wide, "bits"_a, "rho"_a, "pad"_a)
      .def("bits2", &receive_bits2, "rho"_a, "message"_a)
      .def("pads", &receive_pads, "bits"_a, "rho"_a, "pad"_a)
      .def("crossed", &receive_crossed, "rho"_a, "pad"_a)
      .def("cot", &receive_cot, "choices"_a, "t"_a)
      .def("prove", &prove)
      .def_prop_ro("next", &Receiver::next, "Transfers claimed so far; only grows.");
}

}  // namespace

void bind_extension(nb::module_& module) {
  using namespace nb::literals;
  bind_sender(module);
  bind_receiver(module);
  module.def("message_bytes", &message_bytes, "k"_a, "transfers"_a, "n"_a, "Bytes of one extension message.");
  module.def("proof_bytes", &Extension::proof_message_bytes, "k"_a, "Bytes of the receiver's proof.");
  module.def("setup_bytes", &setup_bytes, "k"_a, "Bytes of offer, reply and trees.");
}

}  // namespace veilward::ot
