"""Microsoft SEAL as the oracle: the same ring and modulus, ciphertexts and secrets moved in and out as coefficients.

SEAL saves zstandard-compressed and loads uncompressed: a 16-byte header, then parameters, then little-endian words.
"""

import struct

import numpy as np
import tenseal.sealapi as seal
import zstandard


class SealOracle:
    def __init__(self, params, ring_bits, folder):
        self.params, self.ring_bits, self._path = params, ring_bits, folder / "seal.bin"
        setup = seal.EncryptionParameters(seal.SCHEME_TYPE.BFV)
        setup.set_poly_modulus_degree(params.degree)
        self.primes = seal.CoeffModulus.Create(params.degree, [params.modulus_bits])
        setup.set_coeff_modulus(self.primes)
        setup.set_plain_modulus(1 << ring_bits)
        self._context = seal.SEALContext(setup, True, seal.SEC_LEVEL_TYPE.TC128)
        assert self._context.parameters_set()
        self._secret = seal.KeyGenerator(self._context).secret_key()
        self._encryptor = seal.Encryptor(self._context, self._secret)
        self._decryptor = seal.Decryptor(self._context, self._secret)

    def _saved(self, thing):
        thing.save(str(self._path))
        return zstandard.ZstdDecompressor().decompressobj().decompress(self._path.read_bytes()[16:])

    def _words(self, thing, polynomials):
        size = polynomials * self.params.degree * 8
        raw = self._saved(thing)
        return raw[:-size], np.frombuffer(raw[-size:], "<u8").reshape(polynomials, self.params.degree).copy()

    def secret_ntt(self):
        return self._words(self._secret, 1)[1][0]

    def encrypt(self, message):
        """message: ints [N] below 2^ring_bits -> uint64 [2, N]: c0, c1."""
        return self._words(self._encrypted(message), 2)[1]

    def _encrypted(self, message):
        terms = [f"{int(m):X}x^{i}" if i else f"{int(m):X}" for i, m in enumerate(message) if m]
        ciphertext = seal.Ciphertext()
        self._encryptor.encrypt_symmetric(seal.Plaintext(" + ".join(reversed(terms))), ciphertext)
        return ciphertext

    def decrypt(self, words):
        """uint64 [2, N] -> ints [N]."""
        head = self._words(self._encrypted([1]), 2)[0]
        body = head + words.astype("<u8").tobytes()
        self._path.write_bytes(struct.pack("<HBBBBHQ", 0xA15E, 16, 4, 3, 0, 0, 16 + len(body)) + body)
        ciphertext, plain = seal.Ciphertext(), seal.Plaintext()
        ciphertext.load(self._context, str(self._path))
        self._decryptor.decrypt(ciphertext, plain)
        out = np.zeros(self.params.degree, np.int64)
        for term in plain.to_string().split(" + "):
            value, _, power = term.partition("x^")
            out[int(power or 0)] = int(value, 16)
        return out
