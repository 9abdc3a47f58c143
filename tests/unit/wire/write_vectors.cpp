// Writes schemas/vectors/*.bin and index.json anew: `write_vectors DIRECTORY`. Only for vectors
// that are added; a change in one that exists is a change of the wire format.

#include <cstdio>
#include <fstream>
#include <string>

#include "vectors.hpp"

int main(int argument_count, char** arguments) {
    if (argument_count != 2) {
        std::fprintf(stderr, "usage: write_vectors DIRECTORY\n");
        return 2;
    }
    const std::string directory = arguments[1];
    const auto write = [&](const std::string& name, const char* data, std::size_t size) {
        std::ofstream file(directory + "/" + name, std::ios::binary | std::ios::trunc);
        file.write(data, static_cast<std::streamsize>(size));
        if (!file.flush())
            std::fprintf(stderr, "write_vectors: cannot write %s/%s\n", directory.c_str(),
                         name.c_str());
        return file.good();
    };
    const auto vectors = mcast::wire::test::make_vectors();
    bool written = true;
    for (const auto& vector : vectors) {
        written &= write(vector.name + ".bin", reinterpret_cast<const char*>(vector.bytes.data()),
                         vector.bytes.size());
    }
    const std::string index = mcast::wire::test::make_index(vectors);
    written &= write("index.json", index.data(), index.size());
    return written ? 0 : 1;
}
