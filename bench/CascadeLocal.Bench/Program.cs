using System.CommandLine;

using CascadeLocal.Bench;
using CascadeLocal.Bench.Decoding;
using CascadeLocal.Bench.Drafts;
using CascadeLocal.Bench.Embedding;
using CascadeLocal.Bench.Forms;
using CascadeLocal.Bench.KvCache;
using CascadeLocal.Bench.Measuring;
using CascadeLocal.Bench.Server;
using CascadeLocal.Bench.Soak;

RootCommand root = BenchCommand.Create();
root.Subcommands.Add(SoakCommand.Create());
root.Subcommands.Add(ServerSoakCommand.Create());
root.Subcommands.Add(KvAgreementCommand.Create());
root.Subcommands.Add(PrefixCacheCommand.Create());
root.Subcommands.Add(PromptBesideCommand.Create());
root.Subcommands.Add(TwoMembersCommand.Create());
root.Subcommands.Add(DraftAheadCommand.Create());
root.Subcommands.Add(EmbedCommand.Create());
root.Subcommands.Add(FormCostCommand.Create());
root.Subcommands.Add(RequestFilesCommand.Create());
root.Subcommands.Add(StreamingBytesCommand.Create());
root.Subcommands.Add(SocketDelayCommand.Create());
root.Subcommands.Add(CheckCommand.Create(root));
return await root.Parse(args).InvokeAsync();
