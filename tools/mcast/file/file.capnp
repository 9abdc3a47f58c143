@0xc5836fcea940bfcb;
# What `mcast send-file` and `mcast receive-file` say to each other, over two reliable topics:
# FileItem goes from the sender to all receivers, FileRequest from each receiver to the sender.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("mcast::file_schema");

struct FileItem @0x972741aa2ab2d5eb {
  union {
    chunk :group {
      file @0 :UInt32;    # its place in the offer
      offset @1 :UInt64;  # in bytes
      content @2 :Data;
    }
    offer @3 :Offer;
    # All that was asked for has been sent: who lacks something says what, with this number.
    end @4 :UInt64;
  }
}

struct Offer @0x9c306100ea7ea07b {
  files @0 :List(OfferedFile);
}

struct OfferedFile @0xba402724fe21cd46 {
  name @0 :Text;   # the last part of its path there
  size @1 :UInt64; # in bytes
  hash @2 :Data;   # SHA-256
}

struct FileRequest @0x8aa32b12dff0a2fb {
  receiver @0 :UInt64;  # random; the same after a restart that goes on with a partial file
  sender @1 :UInt64;    # the peer whom it is for
  state @2 :State;
  have @3 :UInt64;      # bytes of all files
  # What it lacks: an answer to an offer (end 0) or to an end. Not all, if it is too much to list.
  wanted @4 :List(FileRange);
  end @5 :UInt64;
  reason @6 :Text;      # of failed and left, a sentence

  enum State {
    looking @0;    # has no offer yet
    wanting @1;    # of what it lacks
    receiving @2;  # how far it is; asks for nothing
    checking @3;   # has all, reads it again
    complete @4;
    failed @5;
    left @6;       # was told to stop
  }
}

struct FileRange @0xb0fb45e144fa544f {
  file @0 :UInt32;
  first @1 :UInt64;
  size @2 :UInt64;
}

# What stands behind the content of a file that is not complete, so that it can be gone on with.
struct PartRecord @0xa7714c09e58cac6b {
  receiver @0 :UInt64;
  size @1 :UInt64;
  hash @2 :Data;
  have @3 :List(FileRange);
}
