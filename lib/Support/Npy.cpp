// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// numpy's .npy format: a bounded reader of the header, which trusts nothing in
// it.
#include "kvant/Support/Npz.h"

#include "NpyHeader.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cstring>

using namespace llvm;

namespace kvant {

namespace {
struct KindInfo {
  ElementKind kind;
  const char *code; ///< of numpy's descr, without the byte order
  const char *name;
  unsigned size;
};
} // namespace

// In the order of ElementKind.
static constexpr KindInfo kKinds[] = {
    {ElementKind::Bool, "b1", "bool", 1},   {ElementKind::I8, "i1", "int8", 1},
    {ElementKind::U8, "u1", "uint8", 1},    {ElementKind::I16, "i2", "int16", 2},
    {ElementKind::U16, "u2", "uint16", 2},  {ElementKind::I32, "i4", "int32", 4},
    {ElementKind::U32, "u4", "uint32", 4},  {ElementKind::I64, "i8", "int64", 8},
    {ElementKind::U64, "u8", "uint64", 8},  {ElementKind::F16, "f2", "float16", 2},
    {ElementKind::F32, "f4", "float32", 4}, {ElementKind::F64, "f8", "float64", 8},
};

unsigned getElementSize(ElementKind kind) { return kKinds[unsigned(kind)].size; }
StringRef getElementKindName(ElementKind kind) { return kKinds[unsigned(kind)].name; }

int64_t NpyArray::getNumElements() const {
  int64_t count = 1;
  for (int64_t dim : shape)
    count *= dim;
  return count;
}

static Error makeError(StringRef name, const Twine &message) {
  return createStringError(std::make_error_code(std::errc::invalid_argument),
                           "array '" + name + "': " + message);
}

namespace {
/// Reads the literal of a Python dict that numpy writes as a header: the keys
/// descr, fortran_order and shape, each once, with values of their own forms
/// only.
class HeaderParser {
public:
  HeaderParser(StringRef text, StringRef name) : rest(text), name(name) {}

  Error parse(NpyHeader &header) {
    bool seenDescr = false, seenOrder = false, seenShape = false;
    if (!consume('{'))
      return fail("header is not a dict");
    while (!consume('}')) {
      std::string key;
      if (!parseString(key) || !consume(':'))
        return fail("header has a malformed key");
      bool *seen = key == "descr"           ? &seenDescr
                   : key == "fortran_order" ? &seenOrder
                   : key == "shape"         ? &seenShape
                                            : nullptr;
      if (!seen)
        return fail("header has the unknown key '" + printable(key) + "'");
      if (std::exchange(*seen, true))
        return fail("header has the key '" + Twine(key) + "' twice");
      Error error = key == "descr"           ? parseDescr(header)
                    : key == "fortran_order" ? parseOrder(header)
                                             : parseShape(header);
      if (error)
        return error;
      if (!consume(',') && !peek('}'))
        return fail("header has no ',' after '" + Twine(key) + "'");
    }
    skipSpace();
    if (!rest.empty())
      return fail("header has text after the dict");
    if (!seenDescr || !seenOrder || !seenShape)
      return fail("header lacks descr, fortran_order or shape");
    return Error::success();
  }

private:
  Error fail(const Twine &message) { return makeError(name, message); }

  static std::string printable(StringRef text) {
    std::string out;
    raw_string_ostream os(out);
    printEscapedString(text.take_front(40), os);
    return out;
  }

  void skipSpace() { rest = rest.ltrim(" \t\r\n"); }
  bool peek(char c) {
    skipSpace();
    return !rest.empty() && rest.front() == c;
  }
  bool consume(char c) {
    if (!peek(c))
      return false;
    rest = rest.drop_front();
    return true;
  }

  /// A quoted string without escapes.
  bool parseString(std::string &out) {
    if (!peek('\'') && !peek('"'))
      return false;
    size_t end = rest.find(rest.front(), 1);
    if (end == StringRef::npos)
      return false;
    out = rest.slice(1, end).str();
    rest = rest.drop_front(end + 1);
    return out.find('\\') == std::string::npos;
  }

  Error parseDescr(NpyHeader &header) {
    // A list describes records: legal, and nothing that a tensor could be made
    // of.
    if (peek('[')) {
      header.known = false;
      int depth = 0;
      while (!rest.empty()) {
        char c = rest.front();
        if (c == '\'' || c == '"') {
          std::string ignored;
          if (!parseString(ignored))
            break;
          continue;
        }
        rest = rest.drop_front();
        if (c == '[' || c == '(')
          ++depth;
        if ((c == ']' || c == ')') && --depth == 0)
          return Error::success();
      }
      return fail("header has a malformed descr");
    }
    std::string descr;
    if (!parseString(descr) || descr.size() < 2)
      return fail("header has a malformed descr");
    char order = descr[0];
    header.descr = printable(descr);
    header.known = false;
    if (order != '<' && order != '>' && order != '|' && order != '=')
      return Error::success();
    for (const KindInfo &info : kKinds) {
      if (StringRef(descr).drop_front() != info.code)
        continue;
      header.known = true;
      header.kind = info.kind;
      header.swap = order == '>' && info.size > 1;
    }
    return Error::success();
  }

  Error parseOrder(NpyHeader &header) {
    skipSpace();
    if (rest.consume_front("True"))
      header.fortranOrder = true;
    else if (rest.consume_front("False"))
      header.fortranOrder = false;
    else
      return fail("fortran_order is neither True nor False");
    return Error::success();
  }

  Error parseShape(NpyHeader &header) {
    if (!consume('('))
      return fail("shape is not a tuple");
    while (!consume(')')) {
      skipSpace();
      uint64_t dim = 0;
      if (rest.empty() || !isDigit(rest.front()) || rest.consumeInteger(10, dim) ||
          dim > uint64_t(INT64_MAX))
        return fail("shape has a dimension that is not a number from 0 to 2^63-1");
      rest.consume_front("L"); // Python 2 wrote 3L
      if (header.shape.size() == kMaxRank)
        return fail("shape has more than " + Twine(kMaxRank) + " dimensions");
      header.shape.push_back(dim);
      if (!consume(',') && !peek(')'))
        return fail("shape is malformed");
    }
    return Error::success();
  }

  StringRef rest, name;
};
} // namespace

Expected<NpyHeader> parseNpyHeader(ArrayRef<char> bytes, StringRef name) {
  StringRef text(bytes.data(), bytes.size());
  if (!text.starts_with(kNpyMagic))
    return makeError(name, "not a .npy file (no \\x93NUMPY at its start)");
  if (text.size() < 10)
    return makeError(name, "truncated: " + Twine(text.size()) + " bytes");
  unsigned major = uint8_t(text[6]);
  if (major < 1 || major > 3)
    return makeError(name, ".npy version " + Twine(major) + ", expected 1, 2 or 3");
  unsigned lengthBytes = major == 1 ? 2 : 4;
  if (text.size() < 8 + lengthBytes)
    return makeError(name, "truncated in its header");
  uint64_t length = major == 1 ? support::endian::read16le(text.data() + 8)
                               : support::endian::read32le(text.data() + 8);
  NpyHeader header;
  header.size = 8 + lengthBytes + length;
  if (header.size > kMaxNpyHeader)
    return makeError(name, "header of " + Twine(length) + " bytes, expected at most " +
                               Twine(kMaxNpyHeader));
  if (header.size > text.size())
    return makeError(name, "truncated in its header: " + Twine(length) + " bytes announced, " +
                               Twine(text.size() - 8 - lengthBytes) + " present");
  HeaderParser parser(text.substr(8 + lengthBytes, length), name);
  if (Error error = parser.parse(header))
    return error;
  if (!header.known)
    return header;
  header.dataBytes = getElementSize(header.kind);
  for (int64_t dim : header.shape) {
    if (MulOverflow<int64_t>(header.dataBytes, dim, header.dataBytes))
      return makeError(name, "shape needs more than 2^63 bytes");
  }
  // A dimension of 0 hides how large the others are; the product without it
  // must fit too.
  int64_t nonZero = 1;
  for (int64_t dim : header.shape)
    if (dim != 0 && MulOverflow<int64_t>(nonZero, dim, nonZero))
      return makeError(name, "shape has more than 2^63 elements");
  if (header.dataBytes > kMaxArrayBytes)
    return makeError(name, "needs " + Twine(header.dataBytes) + " bytes, expected at most " +
                               Twine(kMaxArrayBytes));
  return header;
}

/// `data` in Fortran order -> C order.
static std::vector<char> toRowMajor(ArrayRef<char> data, ArrayRef<int64_t> shape, unsigned size) {
  std::vector<char> out(data.size());
  SmallVector<int64_t> strides(shape.size()), index(shape.size(), 0);
  int64_t stride = 1;
  for (auto [i, dim] : enumerate(shape)) {
    strides[i] = stride;
    stride *= dim;
  }
  int64_t from = 0;
  for (size_t to = 0; to < data.size(); to += size) {
    std::memcpy(out.data() + to, data.data() + from * size, size);
    for (size_t axis = shape.size(); axis-- > 0;) {
      from += strides[axis];
      if (++index[axis] < shape[axis])
        break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

Expected<NpyArray> makeNpyArray(const NpyHeader &header, std::vector<char> data, StringRef name) {
  if (!header.known)
    return makeError(name, "element type '" + header.descr +
                               "' is not one of bool, (u)int8/16/32/64, float16/32/64");
  if (int64_t(data.size()) != header.dataBytes)
    return makeError(name, "has " + Twine(data.size()) + " bytes of data, its header announces " +
                               Twine(header.dataBytes));
  NpyArray array;
  array.name = name.str();
  array.kind = header.kind;
  array.shape.assign(header.shape.begin(), header.shape.end());
  unsigned size = getElementSize(header.kind);
  if (header.swap)
    for (size_t at = 0; at < data.size(); at += size)
      std::reverse(data.begin() + at, data.begin() + at + size);
  if (header.fortranOrder && header.shape.size() > 1)
    data = toRowMajor(data, header.shape, size);
  array.data = std::move(data);
  return array;
}

Expected<NpyArray> parseNpy(ArrayRef<char> bytes, StringRef name) {
  Expected<NpyHeader> header = parseNpyHeader(bytes, name);
  if (!header)
    return header.takeError();
  ArrayRef<char> data = bytes.drop_front(header->size);
  return makeNpyArray(*header, std::vector<char>(data.begin(), data.end()), name);
}

std::vector<char> serializeNpy(const NpyArray &array) {
  unsigned size = getElementSize(array.kind);
  std::string dict = "{'descr': '";
  dict += size == 1 ? '|' : '<';
  dict += kKinds[unsigned(array.kind)].code;
  dict += "', 'fortran_order': False, 'shape': (";
  for (auto [i, dim] : enumerate(array.shape)) {
    dict += (i ? ", " : "") + std::to_string(dim);
  }
  dict += array.shape.size() == 1 ? ",), }" : "), }";
  // numpy aligns the data to 64 bytes and ends the header with a newline.
  size_t total = alignTo(10 + dict.size() + 1, 64);
  dict.append(total - 10 - dict.size() - 1, ' ');
  dict += '\n';
  std::vector<char> out(kNpyMagic.begin(), kNpyMagic.end());
  out.insert(out.end(), {1, 0, char(dict.size() & 0xff), char(dict.size() >> 8)});
  out.insert(out.end(), dict.begin(), dict.end());
  out.insert(out.end(), array.data.begin(), array.data.end());
  return out;
}

} // namespace kvant
