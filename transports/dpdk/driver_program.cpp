#include "transports/dpdk/driver_program.hpp"

#include <elf.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <system_error>
#include <vector>

#include "transports/dpdk/bpf_code.hpp"

namespace mcast::dpdk {

namespace {

// As many queues as a map of libxdp's default program has room for.
constexpr std::uint32_t kQueuesMax = 64;
constexpr std::uint32_t kRelocateMap = 1;  // R_BPF_64_64, which elf.h of glibc 2.36 has not

// Names, each once, with the empty one first, as ELF and BTF have them.
class Strings {
public:
    std::uint32_t add(std::string_view text) {
        const auto at = static_cast<std::uint32_t>(bytes_.size());
        bytes_.append(text).push_back('\0');
        return at;
    }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

private:
    std::string bytes_ = std::string(1, '\0');
};

template <typename Value>
void append(std::string& bytes, const Value& value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// What describes the map: a struct whose members are pointers to arrays of so many ints as the
// attribute's value is.
class MapTypes {
public:
    std::string build() {
        append(types_, btf_type{strings_.add("int"), kind(BTF_KIND_INT, 0), {4}});
        append(types_, std::uint32_t{BTF_INT_SIGNED << 24 | 32});
        struct Attribute {
            const char* name;
            std::uint32_t value;
            std::uint32_t pointer = 0;
        };
        std::array<Attribute, 4> attributes{{{"type", BPF_MAP_TYPE_XSKMAP},
                                             {"key_size", 4},
                                             {"value_size", 4},
                                             {"max_entries", kQueuesMax}}};
        for (Attribute& attribute : attributes) {
            append(types_, btf_type{0, kind(BTF_KIND_ARRAY, 0), {0}});
            append(types_, btf_array{kInt, kInt, attribute.value});
            append(types_, btf_type{0, kind(BTF_KIND_PTR, 0), {++last_}});
            attribute.pointer = ++last_;
        }
        append(types_, btf_type{0, kind(BTF_KIND_STRUCT, attributes.size()), {kMapSize}});
        std::uint32_t bits = 0;
        for (const Attribute& attribute : attributes) {
            append(types_, btf_member{strings_.add(attribute.name), attribute.pointer, bits});
            bits += 64;
        }
        append(types_, btf_type{strings_.add("xsks_map"), kind(BTF_KIND_VAR, 0), {++last_}});
        append(types_, btf_var{BTF_VAR_GLOBAL_ALLOCATED});
        append(types_, btf_type{strings_.add(".maps"), kind(BTF_KIND_DATASEC, 1), {kMapSize}});
        append(types_, btf_var_secinfo{++last_, 0, kMapSize});

        const auto size = static_cast<std::uint32_t>(types_.size());
        const auto names = static_cast<std::uint32_t>(strings_.bytes().size());
        std::string bytes;
        append(bytes,
               btf_header{BTF_MAGIC, BTF_VERSION, 0, sizeof(btf_header), 0, size, size, names});
        return bytes + types_ + strings_.bytes();
    }

    static constexpr std::uint32_t kMapSize = 4 * 8;  // of the struct

private:
    static constexpr std::uint32_t kInt = 1;
    static std::uint32_t kind(std::uint32_t which, std::size_t members) {
        return which << 24 | static_cast<std::uint32_t>(members);
    }

    Strings strings_;
    std::string types_;
    std::uint32_t last_ = kInt;  // the type that was added last
};

// Sections by their numbers, and symbols by theirs.
enum Section : std::uint16_t {
    kNone,
    kNames,
    kCode,
    kRelocations,
    kLicence,
    kMaps,
    kBtf,
    kSymbols
};
enum Symbol : std::uint32_t { kNoSymbol, kProgramSymbol, kMapSymbol };

struct Content {
    const char* name;
    std::uint32_t type;
    std::uint64_t flags;
    std::string bytes;
    std::uint32_t link = 0;
    std::uint32_t info = 0;
    std::uint64_t entry_size = 0;
};

std::string symbol(std::uint32_t name, unsigned char type, Section section, std::size_t size) {
    std::string bytes;
    append(bytes, Elf64_Sym{name, static_cast<unsigned char>(ELF64_ST_INFO(STB_GLOBAL, type)), 0,
                            section, 0, size});
    return bytes;
}

std::string code_bytes() {
    BpfCode code;
    // Named by an instruction, the map belongs to the program.
    code.load_map(BpfCode::Register::R1, 0);
    code.compute(BpfCode::Arithmetic::Move, BpfCode::Register::R0, XDP_PASS);
    code.leave();
    std::string bytes;
    for (bpf_insn instruction : code.instructions()) {
        instruction.src_reg = 0;  // the relocation says what it is
        append(bytes, instruction);
    }
    return bytes;
}

std::vector<Content> contents(Strings& names) {
    const std::string code = code_bytes();
    std::string relocation;
    append(relocation, Elf64_Rel{0, ELF64_R_INFO(std::uint64_t{kMapSymbol}, kRelocateMap)});
    const std::string symbols =
        std::string(sizeof(Elf64_Sym), '\0') +
        symbol(names.add(kDriverProgram), STT_FUNC, kCode, code.size()) +
        symbol(names.add("xsks_map"), STT_OBJECT, kMaps, MapTypes::kMapSize);
    return {
        {"", SHT_NULL, 0, {}},
        {".strtab", SHT_STRTAB, 0, {}},  // when all names are known
        {"xdp", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, code},
        {".relxdp", SHT_REL, 0, relocation, kSymbols, kCode, sizeof(Elf64_Rel)},
        {"license", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, std::string("Apache-2.0") + '\0'},
        {".maps", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, std::string(MapTypes::kMapSize, '\0')},
        {".BTF", SHT_PROGBITS, 0, MapTypes().build()},
        {".symtab", SHT_SYMTAB, 0, symbols, kNames, kProgramSymbol, sizeof(Elf64_Sym)},
    };
}

std::string elf_object() {
    Strings names;
    std::vector<Content> sections = contents(names);
    std::vector<std::uint32_t> name_of;
    name_of.reserve(sections.size());
    for (const Content& section : sections)
        name_of.push_back(*section.name == '\0' ? 0 : names.add(section.name));
    sections[kNames].bytes = names.bytes();

    std::string body;
    std::string headers;
    for (std::size_t i = 0; i < sections.size(); ++i) {
        const Content& section = sections[i];
        body.resize((body.size() + 7) / 8 * 8);
        append(headers, Elf64_Shdr{name_of[i], section.type, section.flags, 0,
                                   sizeof(Elf64_Ehdr) + body.size(), section.bytes.size(),
                                   section.link, section.info, 8, section.entry_size});
        body += section.bytes;
    }
    body.resize((body.size() + 7) / 8 * 8);

    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_REL;
    header.e_machine = EM_BPF;
    header.e_version = EV_CURRENT;
    header.e_shoff = sizeof header + body.size();
    header.e_ehsize = sizeof header;
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = static_cast<std::uint16_t>(sections.size());
    header.e_shstrndx = kNames;
    std::string bytes;
    append(bytes, header);
    return bytes + body + headers;
}

}  // namespace

Result<FileDescriptor> driver_program() {
    FileDescriptor file(::memfd_create("mcast-xdp", MFD_CLOEXEC));
    const std::string object = elf_object();
    if (!file ||
        ::write(file.get(), object.data(), object.size()) != static_cast<ssize_t>(object.size()))
        return Error{ErrorCode::System, errno,
                     "write an XDP program into memory: " + std::generic_category().message(errno)};
    return file;
}

}  // namespace mcast::dpdk
