using CascadeLocal.Engine;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Members;

/// <summary>A member whose model runs in this process.</summary>
internal sealed class LocalBackend(LanguageModel model) : IMemberBackend
{
    public ModelInfo Info => model.Info;

    public EngineStatus Status => model.Status;

    public static async Task<IMemberBackend> LoadAsync(
        ModelOptions options, ILogger logger, CancellationToken cancellationToken) =>
        new LocalBackend(await LanguageModel.LoadAsync(options, logger, cancellationToken));

    public IMemberGeneration Generate(MemberRequest request) => new LocalGeneration(model.Generate(new()
    {
        Prompt = model.TokenizeChat(request.Messages),
        MaxTokens = request.MaxTokens,
        Sampling = request.Sampling,
        Stop = request.Stop,
        IgnoreEndOfSequence = request.IgnoreEndOfSequence,
        Draft = request.Draft,
        CacheSalt = request.CacheSalt,
    }));

    public void Dispose() => model.Dispose();
}
