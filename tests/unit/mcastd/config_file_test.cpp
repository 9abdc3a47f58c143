// Files as they come: not TOML, too large, not to be read.
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "tests/unit/mcastd/config_case.hpp"

namespace mcastd {
namespace {

TEST(ConfigFile, TellsOfEachLineThatIsNoToml) {
    EXPECT_EQ(said("port 7400\nname = \"a\ndefault = drop\nhops_max = 0\n"),
              "f:1:6: error: expected '=', saw '7'\n"
              "  1 | port 7400\n"
              "    |      ^\n"
              "f:2:10: error: a control character in quotes; if the text should end here, add the "
              "closing quote\n"
              "  2 | name = \"a\n"
              "    |          ^\n"
              "f:3:11: error: this is no value; a string needs \"quotes\"\n"
              "  3 | default = drop\n"
              "    |           ^\n"
              "f:4:12: error: hops_max: 0 is out of range; write a whole number from 1 to 255\n"
              "  4 | hops_max = 0\n"
              "    |            ^\n");
}

TEST(ConfigFile, StopsWhereTheRestWouldBeNonsense) {
    EXPECT_EQ(said("[log\nlevel = \"loud\"\n"),
              "f:1:5: error: expected ']', saw '\\n'\n"
              "  1 | [log\n"
              "    |     ^\n");
    EXPECT_EQ(said("[[rule]]\nfrom = [\"a\",\n  \"b\"\ntopic = \"x\"\nrate = 0\n"),
              "f:4:1: error: expected comma or closing ']', saw 't'\n"
              "  4 | topic = \"x\"\n"
              "    | ^\n");
}

TEST(ConfigFile, TellsOfWhatIsThereTwice) {
    EXPECT_EQ(said("port = 1\n  port = 2\nhosp_max = 3\n"),
              "f:2:3: error: this is there already; a key and a [table] may stand once\n"
              "  2 |   port = 2\n"
              "    |   ^~~~\n"
              "f:3:1: error: unknown key 'hosp_max'; did you mean 'hops_max'?\n"
              "  3 | hosp_max = 3\n"
              "    | ^~~~~~~~\n");
}

TEST(ConfigFile, MayHaveAByteOrderMarkAndLinesOfWindows) {
    EXPECT_EQ(read("\xef\xbb\xbfname = \"x\"\r\nport = 1\r\n").port, 1);
    EXPECT_EQ(said("\xef\xbb\xbfnaem = \"x\"\r\n"),
              "f:1:1: error: unknown key 'naem'; did you mean 'name'?\n"
              "  1 | naem = \"x\"\n"
              "    | ^~~~\n");
}

TEST(ConfigFile, IsShownWithItsTabsAndBytes) {
    EXPECT_EQ(said("\tname\t=\t7"),
              "f:1:9: error: name: this is a whole number; write it in \"quotes\"\n"
              "  1 |  name = 7\n"
              "    |         ^\n");
    EXPECT_EQ(said("name = \"\u00e4\\u001b\" # \u00fc"),
              "f:1:8: error: name: this has control characters; leave them out\n"
              "  1 | name = \"\u00e4\\u001b\" # \u00fc\n"
              "    |        ^~~~~~~~~\n");
    const std::string bytes = said("\xff\xfe\n");
    EXPECT_NE(bytes.find("this is not UTF-8; save the file as UTF-8"), std::string::npos);
    EXPECT_NE(bytes.find("\\xff\\xfe"), std::string::npos);
}

TEST(ConfigFile, IsShownAroundTheErrorWhenALineIsLong) {
    const std::string line = "interfaces = [" + std::string(300, ' ') + "5" + std::string(300, ' ');
    EXPECT_EQ(said(line + "]"),
              "f:1:315: error: interfaces: this is a whole number; write a string, in \"quotes\"\n"
              "  1 | " +
                  std::string(50, ' ') + "5" + std::string(49, ' ') +
                  "\n"
                  "    | " +
                  std::string(50, ' ') + "^\n");
}

TEST(ConfigFile, ThatIsTooLargeIsRefusedWithTheLimit) {
    std::string rules;
    for (int i = 0; i < 100'000; ++i)
        rules += "[[rule]]\n";
    EXPECT_EQ(said(rules),
              "f:10001:1: error: 100000 [[rule]]; the limit is 10000 (globs and networks let one "
              "rule say what many do)\n"
              "  10001 | [[rule]]\n"
              "        | ^~~~~~~~\n");
    EXPECT_NE(said("rule = [" + std::string(20, '\n') +
                   [] {
                       std::string inline_rules;
                       for (int i = 0; i < 10'001; ++i)
                           inline_rules += i % 100 == 0 ? "{},\n" : "{},";
                       return inline_rules;
                   }() +
                   "]")
                  .find("10001 [[rule]]; the limit is 10000"),
              std::string::npos);
    EXPECT_EQ(said(std::string(150'001, '\n')),
              "f: error: the file has 150001 lines; the limit is 150000\n");
    EXPECT_NE(said("name = \"" + std::string(5000, 'x') + "\"")
                  .find("this line has more than 4096 characters, which is the limit; break it"),
              std::string::npos);
}

TEST(ConfigFile, WithVeryManyErrorsTellsOfAHundred) {
    std::string keys;
    for (int i = 0; i < 1000; ++i)
        keys += "k" + std::to_string(i) + " = 1\n";
    const ConfigResult result = parse_config(keys, "f");
    EXPECT_EQ(result.diagnostics.size(), Diagnostics::kShownMax + 1);
    EXPECT_EQ(to_string(result.diagnostics.back()), "f: error: and 900 more\n");
}

TEST(ConfigFile, NestedDeeplyIsOnlyAnUnknownKey) {
    std::string header = "[a";
    for (int i = 0; i < 1000; ++i)
        header += ".a";
    EXPECT_NE(said(header + "]").find("unknown key 'a'"), std::string::npos);
}

class ConfigFileOnDisk : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name = ::testing::TempDir() + "mcastd-config-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        file_ = folder_ + "/mcastd.toml";
    }
    void TearDown() override {
        std::remove(file_.c_str());
        ::rmdir(folder_.c_str());
    }
    static std::string load(const std::string& path) {
        const ConfigResult result = load_config(path);
        EXPECT_NE(result.config.has_value(), !result.messages().empty());
        return result.messages();
    }

    std::string folder_;
    std::string file_;
};

TEST_F(ConfigFileOnDisk, IsRead) {
    std::ofstream(file_) << "port = 7500\n";
    const ConfigResult result = load_config(file_);
    ASSERT_TRUE(result.config) << result.messages();
    EXPECT_EQ(result.config->port, 7500);
    EXPECT_EQ(result.file, file_);
}

TEST_F(ConfigFileOnDisk, ThatCannotBeReadIsOneSentence) {
    EXPECT_EQ(load(file_), file_ + ": error: there is no such file\n");
    EXPECT_EQ(load(folder_), folder_ + ": error: this is a directory; name the file in it\n");
    std::ofstream(file_) << std::string(kConfigFileMax + 1, '\n');
    EXPECT_EQ(load(file_), file_ + ": error: it has more than 4 MiB, which is the limit\n");
    EXPECT_EQ(load("/dev/zero"), "/dev/zero: error: it has more than 4 MiB, which is the limit\n");
    if (::geteuid() == 0) return;  // who may read everything
    ::chmod(file_.c_str(), 0);
    EXPECT_EQ(load(file_), file_ +
                               ": error: this user may not read it; change its owner or mode, "
                               "or run as another user\n");
}

}  // namespace
}  // namespace mcastd
