@0xb0f1c5d3a7e92b12;

struct Input {
  x @0 :Flot32;
}
