using CascadeLocal.Bench.Server;

/// <summary>
/// What .NET runs before Main when DOTNET_STARTUP_HOOKS names this assembly, which is how the probe gets into a server that
/// knows nothing of it. Name, place and shape are the runtime's.
/// </summary>
internal static class StartupHook
{
    public static void Initialize() => ServerProbe.Start();
}
