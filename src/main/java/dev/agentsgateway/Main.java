package dev.agentsgateway;

/** Entry point. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        switch (args.length) {
            case 0 -> System.out.println("hi");
            default -> System.out.println(args[0]);
        }
    }
}
