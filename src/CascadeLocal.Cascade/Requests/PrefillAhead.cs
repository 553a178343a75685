using CascadeLocal.Cascade.Pool;

namespace CascadeLocal.Cascade.Requests;

/// <summary>
/// Evaluates a request's prompt where it is most likely wanted, while it is being decided who answers, and while a cheaper member tries:
/// the first token then comes as much sooner. It is background work of a member that has nothing else to do; where it was for nothing, it
/// ends, and what it leaves is an idle prefix. Not for several threads at once.
/// </summary>
internal sealed class PrefillAhead : IAsyncDisposable
{
    /// <summary>Longer conversations take so long to evaluate that a decision in the meantime saves nothing to speak of.</summary>
    private const int MostCharacters = 32_768;

    private readonly MemberLease _lease;
    private readonly IAnswer _answer;
    private int? _cached;
    private bool _isEnded;
    private bool _isDisposed;

    private PrefillAhead(MemberLease lease, IAnswer answer) => (_lease, _answer) = (lease, answer);

    /// <summary>Whose work it is.</summary>
    public string Member => _lease.Name;

    /// <summary>Begins; null where there is no such member in this process, it has something else to do, or the prompt is not for it.</summary>
    /// <param name="pool">The members.</param>
    /// <param name="member">Who most likely answers; null for nobody.</param>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async ValueTask<PrefillAhead?> BeginAsync(ModelPool pool, string? member, GenerationRequest request, CancellationToken cancellationToken)
    {
        if (member is null || request is not { Member: null, Tools.Count: 0, Constraint: null } || request.Messages.Sum(m => m.Content.Length) > MostCharacters)
            return null;
        if (pool.Find(member) is not { Local: not null, Load: { Running: 0, Waiting: 0 } } found || found.TryLease() is not { } lease)
            return null;
        try
        {
            GenerationRequest prompt = new()
            {
                Id = request.Id,
                Messages = request.Messages,
                PromptText = request.PromptText,
                Prompt = request.Prompt,
                Template = request.Template,
                CacheSalt = request.CacheSalt,
                Sampling = new() { Temperature = 0 },
                MaxTokens = 1,
                Priority = RequestPriority.Background,
            };
            return new(lease, await lease.StartAsync(prompt, observer: null, cancellationToken));
        }
        catch (Exception e) when (e is MemberException or OperationCanceledException or ArgumentException)
        {
            // Whoever is asked in earnest says what is wrong with the request.
            lease.Dispose();
            return null;
        }
    }

    /// <summary>Waits until the prompt is evaluated.</summary>
    /// <returns>The tokens of it that were in the cache before; null where that is not known.</returns>
    public async ValueTask<int?> EndAsync(CancellationToken cancellationToken)
    {
        while (!_isEnded && await _answer.WaitAsync(cancellationToken))
        {
            while (_answer.TryRead(out AnswerEvent next))
                (_isEnded, _cached) = (!next.IsToken, next.Result?.CachedTokens);
        }

        return _cached;
    }

    /// <summary>Ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        await _answer.DisposeAsync();
        _lease.Dispose();
    }
}
