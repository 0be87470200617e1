// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "kvant/Support/Npz.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>
#include <gtest/gtest.h>
#include <random>

using namespace llvm;
using namespace kvant;

namespace {

/// A folder that is removed at the end.
class NpzTest : public ::testing::Test {
protected:
  void SetUp() override { ASSERT_FALSE(sys::fs::createUniqueDirectory("kvant-npz", folder)); }
  void TearDown() override { sys::fs::remove_directories(folder); }

  std::string getPath(StringRef name) {
    SmallString<128> path(folder);
    sys::path::append(path, name);
    return std::string(path);
  }

  std::string write(StringRef name, ArrayRef<char> bytes) {
    std::string path = getPath(name);
    std::error_code code;
    raw_fd_ostream os(path, code);
    os.write(bytes.data(), bytes.size());
    return path;
  }

  SmallString<128> folder;
};

/// A .npy file with this header text.
std::vector<char> makeNpy(StringRef header, size_t dataBytes, char version = 1) {
  std::vector<char> out = {'\x93', 'N', 'U', 'M', 'P', 'Y', version, 0};
  size_t lengthBytes = version == 1 ? 2 : 4;
  for (size_t i = 0; i < lengthBytes; ++i)
    out.push_back(char(header.size() >> (8 * i)));
  out.insert(out.end(), header.begin(), header.end());
  for (size_t i = 0; i < dataBytes; ++i)
    out.push_back(char(i));
  return out;
}

std::string getError(ArrayRef<char> bytes) {
  Expected<NpyArray> array = parseNpy(bytes, "a");
  return array ? "" : toString(array.takeError());
}

NpyArray makeArray(StringRef name, ElementKind kind, ArrayRef<int64_t> shape) {
  NpyArray array;
  array.name = name.str();
  array.kind = kind;
  array.shape.assign(shape.begin(), shape.end());
  array.data.resize(array.getNumElements() * getElementSize(kind));
  for (size_t i = 0; i < array.data.size(); ++i)
    array.data[i] = char(i * 7);
  return array;
}

TEST_F(NpzTest, RoundTripsEveryKind) {
  std::vector<NpyArray> arrays;
  for (unsigned kind = 0; kind <= unsigned(ElementKind::F64); ++kind)
    arrays.push_back(makeArray("k" + std::to_string(kind), ElementKind(kind), {2, 3}));
  arrays.push_back(makeArray("scalar", ElementKind::F32, {}));
  arrays.push_back(makeArray("vector", ElementKind::I8, {5}));
  arrays.push_back(makeArray("empty", ElementKind::I8, {0, 4}));
  std::string path = getPath("x.npz");
  ASSERT_FALSE(errorToBool(writeNpz(path, arrays)));
  auto read = readNpz(path);
  ASSERT_TRUE(bool(read)) << toString(read.takeError());
  ASSERT_EQ(read->size(), arrays.size());
  for (size_t i = 0; i < arrays.size(); ++i) {
    EXPECT_EQ((*read)[i].name, arrays[i].name);
    EXPECT_EQ((*read)[i].kind, arrays[i].kind);
    EXPECT_EQ((*read)[i].shape, arrays[i].shape);
    EXPECT_EQ((*read)[i].data, arrays[i].data);
  }
}

TEST_F(NpzTest, WritesTheSameBytesTwice) {
  NpyArray array = makeArray("a", ElementKind::F32, {3});
  ASSERT_FALSE(errorToBool(writeNpz(getPath("1.npz"), array)));
  ASSERT_FALSE(errorToBool(writeNpz(getPath("2.npz"), array)));
  auto first = MemoryBuffer::getFile(getPath("1.npz"));
  auto second = MemoryBuffer::getFile(getPath("2.npz"));
  ASSERT_TRUE(first && second);
  EXPECT_EQ((*first)->getBuffer(), (*second)->getBuffer());
}

TEST_F(NpzTest, ReadsSingleNpyByItsContent) {
  auto bytes = serializeNpy(makeArray("ignored", ElementKind::I16, {4}));
  auto read = readNpz(write("labels.dat", bytes));
  ASSERT_TRUE(bool(read)) << toString(read.takeError());
  ASSERT_EQ(read->size(), 1u);
  EXPECT_EQ(read->front().name, "labels");
}

TEST_F(NpzTest, WritesWholeFilesOrNone) {
  NpyArray array = makeArray("a", ElementKind::F32, {3});
  EXPECT_TRUE(errorToBool(writeNpz(getPath("no/such/folder/x.npz"), array)));
  EXPECT_TRUE(errorToBool(writeNpz(folder, array)));
  std::error_code code;
  EXPECT_EQ(sys::fs::directory_iterator(folder, code), sys::fs::directory_iterator());
}

TEST_F(NpzTest, RefusesFilesThatAreNeither) {
  for (StringRef content : {"", "PK", "PK\x03\x04", "hello world", "\x93NUMP"}) {
    std::string path = write("bad", ArrayRef(content.data(), content.size()));
    auto read = readNpz(path);
    ASSERT_FALSE(bool(read));
    EXPECT_NE(toString(read.takeError()).find(path), std::string::npos);
  }
  EXPECT_TRUE(errorToBool(readNpz(getPath("absent.npz")).takeError()));
  EXPECT_TRUE(errorToBool(readNpz(folder).takeError()));
}

TEST(Npy, ConvertsFortranOrder) {
  auto array =
      parseNpy(makeNpy("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 3), }\n", 6), "a");
  ASSERT_TRUE(bool(array)) << toString(array.takeError());
  // Column-major 0..5 of shape 2x3, read row by row.
  EXPECT_EQ(array->data, (std::vector<char>{0, 2, 4, 1, 3, 5}));
}

TEST(Npy, SwapsBigEndian) {
  auto array =
      parseNpy(makeNpy("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", 4), "a");
  ASSERT_TRUE(bool(array)) << toString(array.takeError());
  EXPECT_EQ(array->data, (std::vector<char>{1, 0, 3, 2}));
}

TEST(Npy, ReadsVersions2And3AndPython2) {
  StringRef header = "{'shape': (2L, 1L), \"fortran_order\": False, 'descr': '|u1'}";
  for (char version : {1, 2, 3})
    EXPECT_EQ(getError(makeNpy(header, 2, version)), "");
}

TEST(Npy, RefusesBadHeaders) {
  auto header = [](StringRef text) { return getError(makeNpy(text, 4)); };
  auto contains = [](const std::string &text, StringRef part) {
    return StringRef(text).contains(part);
  };
  EXPECT_PRED2(contains, header(""), "not a dict");
  EXPECT_PRED2(contains, header("{'descr': '<f4'}"), "lacks");
  EXPECT_PRED2(contains, header("{'descr': '<f4', 'descr': '<f4'}"), "twice");
  EXPECT_PRED2(contains, header("{'weird': 1}"), "unknown key");
  EXPECT_PRED2(contains, header("{'fortran_order': Maybe}"), "neither True nor False");
  EXPECT_PRED2(contains, header("{'shape': 4}"), "not a tuple");
  EXPECT_PRED2(contains, header("{'shape': (-1,)}"), "not a number");
  EXPECT_PRED2(contains, header("{'shape': (1e3,)}"), "malformed");
  EXPECT_PRED2(contains, header("{'shape': (99999999999999999999,)}"), "not a number");
  StringRef rest = "'descr': '<f4', 'fortran_order': False}";
  EXPECT_PRED2(contains, header(("{'shape': (2,), " + rest).str()), "4 bytes of data");
  EXPECT_PRED2(contains, header(("{'shape': (0,), " + rest).str()), "4 bytes of data");
  EXPECT_PRED2(contains, header(("{'shape': (4294967296, 4294967296), " + rest).str()),
               "more than 2^63");
  EXPECT_PRED2(contains, header(("{'shape': (0, 4294967296, 4294967296), " + rest).str()),
               "more than 2^63");
  EXPECT_PRED2(contains, header(("{'shape': (99999999999,), " + rest).str()), "at most");
  EXPECT_PRED2(contains, header(("{'shape': (1,), " + rest + " x").str()), "after the dict");
  EXPECT_PRED2(contains, header("{'descr': '<U4', 'fortran_order': False, 'shape': (1,)}"),
               "element type '<U4'");
  std::string dims;
  for (int i = 0; i < 40; ++i)
    dims += "1,";
  EXPECT_PRED2(contains, header("{'shape': (" + dims + ")}"), "more than 32");
  EXPECT_PRED2(contains, getError(makeNpy(std::string(70000, ' '), 0, 2)), "at most");
}

TEST(Npy, RefusesTruncation) {
  auto bytes = serializeNpy(makeArray("a", ElementKind::F32, {3, 5}));
  EXPECT_EQ(getError(bytes), "");
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(getError(ArrayRef(bytes).take_front(size)), "") << size;
}

// Whatever the bytes, parsing ends with an array that is consistent or with an
// error.
TEST(Npy, SurvivesMutations) {
  std::mt19937 random(22);
  std::vector<std::vector<char>> seeds = {
      serializeNpy(makeArray("a", ElementKind::F32, {3, 5})),
      serializeNpy(makeArray("a", ElementKind::U8, {})),
      makeNpy("{'descr': [('x', '<f4'), ('y', '|u1', (2,))], 'fortran_order': "
              "False, "
              "'shape': (2,)}",
              10, 2),
      makeNpy("{'descr': '>i2', 'fortran_order': True, 'shape': (2L, 2), }", 8, 3)};
  StringRef pieces[] = {"(", ")", "[", "]", "{", "}", "'", "9999999999", "-", ",", ":", "L", "\\"};
  for (int i = 0; i < 200000; ++i) {
    std::vector<char> bytes = seeds[random() % seeds.size()];
    for (unsigned changes = 1 + random() % 4; changes > 0 && !bytes.empty(); --changes) {
      size_t at = random() % bytes.size();
      switch (random() % 4) {
      case 0:
        bytes[at] = char(random());
        break;
      case 1:
        bytes.erase(bytes.begin() + at);
        break;
      case 2: {
        StringRef piece = pieces[random() % std::size(pieces)];
        bytes.insert(bytes.begin() + at, piece.begin(), piece.end());
        break;
      }
      default:
        bytes.resize(at + 1);
      }
    }
    Expected<NpyArray> array = parseNpy(bytes, "a");
    if (!array) {
      EXPECT_FALSE(toString(array.takeError()).empty());
      continue;
    }
    EXPECT_EQ(int64_t(array->data.size()),
              array->getNumElements() * int64_t(getElementSize(array->kind)));
  }
}

TEST_F(NpzTest, SurvivesMutatedArchives) {
  std::mt19937 random(7);
  std::vector<NpyArray> arrays = {makeArray("input", ElementKind::F32, {2, 3}),
                                  makeArray("labels", ElementKind::I64, {2})};
  std::string path = getPath("x.npz");
  ASSERT_FALSE(errorToBool(writeNpz(path, arrays)));
  auto file = MemoryBuffer::getFile(path);
  ASSERT_TRUE(bool(file));
  std::vector<char> seed((*file)->getBufferStart(), (*file)->getBufferEnd());
  for (int i = 0; i < 2000; ++i) {
    std::vector<char> bytes = seed;
    for (unsigned changes = 1 + random() % 8; changes > 0; --changes)
      bytes[random() % bytes.size()] = char(random());
    if (random() % 8 == 0)
      bytes.resize(random() % bytes.size());
    auto read = readNpz(write("m.npz", bytes));
    if (!read)
      EXPECT_FALSE(toString(read.takeError()).empty());
  }
}

} // namespace
