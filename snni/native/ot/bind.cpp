#include "ot/bind.h"

NB_MODULE(_ot, module) {
  module.doc() = "Oblivious transfer kernels. Use snni.ot.";
  veilward::ot::bind_aes(module);
}
