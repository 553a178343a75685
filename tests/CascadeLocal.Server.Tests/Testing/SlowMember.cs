namespace CascadeLocal.Server.Tests.Testing;

/// <summary>A member that takes its time before it takes a request, as one elsewhere does.</summary>
internal sealed class SlowMember(IMember inner) : IMember
{
    /// <summary>What it waits for with every request.</summary>
    public Func<CancellationToken, Task> Taking { get; set; } = _ => Task.CompletedTask;

    public MemberCapabilities Capabilities => inner.Capabilities;

    public MemberLoad Load => inner.Load;

    public async ValueTask<IAnswer> StartAsync(GenerationRequest request, IAnswerObserver? observer, CancellationToken cancellationToken)
    {
        await Taking(cancellationToken);
        return await inner.StartAsync(request, observer, cancellationToken);
    }

    public void Dispose() => inner.Dispose();
}
