using MRNet.Imaging.Cli;

return await Mrnet.RunAsync(args);
